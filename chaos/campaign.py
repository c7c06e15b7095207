"""Runs of one experiment on one version, counted over all invocations: only what is missing is run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chaos.checkers.verdict import Verdict
from chaos.run_errors import RunError

__all__ = [
    "Done",
    "finished",
    "folder_of",
    "new_history",
    "passed",
    "repeat",
    "save",
    "verdict_path",
]

INVALID_IN_A_ROW = 3
"""After so many the machine or the target is at fault, and more runs tell nothing."""


@dataclass(frozen=True)
class Done:
    """A judged run."""

    path: Path
    verdict: Verdict


def folder_of(build: Path, experiment: str, version: str, share: float = 1) -> Path:
    """Return where the histories of an experiment on a version are, with so much of its clients."""
    part = "" if share == 1 else f"-{share:g}"
    return build / experiment / ((re.sub(r"[^\w.-]+", "_", version) or "unversioned") + part)


def new_history(folder: Path, now: datetime | None = None) -> Path:
    """Return the path of a history that begins now."""
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%S-%f")
    return folder / f"{stamp}.jsonl"


def verdict_path(history: Path) -> Path:
    """Return where the verdict over a history is."""
    return history.with_suffix(".verdict.json")


def save(done: Done) -> None:
    """Write a verdict beside its history; from then on the run counts."""
    verdict_path(done.path).write_text(json.dumps(done.verdict.to_json(), indent=2) + "\n")


def finished(folder: Path) -> list[Path]:
    """Return the histories that have a verdict and are valid, oldest first. An interrupted run has none."""
    return [path for path in sorted(folder.glob("*.jsonl")) if _says(path, "valid")]


def passed(history: Path) -> bool:
    """Tell whether nothing was found in a finished run."""
    return _says(history, "passed")


def _says(history: Path, what: str) -> bool:
    try:
        return json.loads(verdict_path(history).read_text())[what] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def repeat(run_once: Callable[[Path], Verdict], folder: Path, repeats: int | None) -> Iterator[Done]:
    """Run until the folder holds `repeats` finished runs, or once more when it is None; yield what was run.

    Raises RunError when one run after another says nothing.
    """
    invalid = 0
    while repeats is None or len(finished(folder)) < repeats:
        path = new_history(folder)
        done = Done(path, run_once(path))
        save(done)
        yield done
        invalid = 0 if done.verdict.valid else invalid + 1
        if repeats is None:
            return
        if invalid == INVALID_IN_A_ROW:
            why = "; ".join(done.verdict.invalid_because)
            raise RunError(
                f"{invalid} runs in a row say nothing: {why}. The machine may be too busy for them."
            )
