"""Judged runs: a history, and the verdict that stands beside it or is made now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.checkers.judge import judge
from chaos.history import stream

__all__ = ["BASELINE", "Found", "ReportError", "Result", "histories", "result_of"]

VERDICT = ".verdict.json"
BASELINE = "bitnami"
"""The timing profile that others are compared with; what was measured with it is no promise."""


class ReportError(ValueError):
    """No report can be made; one sentence says why and what to do."""


@dataclass(frozen=True)
class Found:
    """What one checker found in one run."""

    checker: str
    what: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """One judged run. Figures are seconds, except shares and counts; a gap that never ended is infinite."""

    path: Path
    experiment: str
    target: str
    version: str
    profile: str
    began: str
    members: int
    sync_standbys: int
    cores: int
    valid: bool
    invalid_because: tuple[str, ...]
    findings: tuple[Found, ...]
    figures: Mapping[str, float]
    share: float = 1.0
    """Of the experiment's clients."""

    @property
    def failed(self) -> bool:
        """Whether it is valid and something was found."""
        return self.valid and bool(self.findings)

    @property
    def longest(self) -> float:
        """Its longest write gap; 0 without one."""
        return max(
            (value for name, value in self.figures.items() if name.startswith("write_gap")), default=0.0
        )


def histories(paths: Iterable[Path]) -> list[Path]:
    """Return the histories among the files and under the folders, in the order of their names.

    In folders only those that have a verdict: the others were interrupted. Raises ReportError when there is
    none at all, and for a path there is not.
    """
    paths = list(paths)
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(p for p in path.rglob("*.jsonl") if _beside(p).exists())
        elif path.exists():
            found.add(path)
        else:
            raise ReportError(f"There is no history {path}; `python -m chaos run pod-lost` makes one.")
    if not found:
        where = ", ".join(str(path) for path in paths)
        raise ReportError(f"{where} holds no judged run; `python -m chaos run pod-lost` makes one.")
    return sorted(found)


def result_of(history: Path, again: bool = False) -> Result:
    """Return a history's verdict, judged now when there is none beside it or when it is wanted `again`.

    Raises ReportError for what is neither a history nor a verdict.
    """
    beside = _beside(history)
    if beside.exists() and not again:
        try:
            return _parse(history, json.loads(beside.read_text()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"{type(error).__name__}: {error}"
            raise ReportError(
                f"{beside} is no verdict ({why}); `python -m chaos judge {history}` judges again."
            ) from error
    try:
        return _parse(history, judge(stream(history)).to_json())
    except (OSError, ValueError) as error:
        where = "" if str(history) in str(error) else f"{history}: "
        raise ReportError(
            f"This is no history: {where}{error}. `python -m chaos run pod-lost` makes one."
        ) from error


def _beside(history: Path) -> Path:
    return history.with_suffix(VERDICT)


def _parse(path: Path, raw: Mapping[str, Any]) -> Result:
    run = raw["run"]
    return Result(
        path=path,
        experiment=str(run["experiment"]),
        target=str(run["target"]),
        version=str(run["version"]),
        profile=str(run.get("profile", "")),
        began=str(run["began"]),
        members=len(run["members"]),
        sync_standbys=int(run["sync_standbys"]),
        cores=int(run.get("cores", 0)),
        share=float(run.get("share", 1)),
        valid=bool(raw["valid"]),
        invalid_because=tuple(map(str, raw["invalid_because"])),
        findings=tuple(
            Found(f["checker"], f["what"], int(f["count"]), tuple(f["examples"])) for f in raw["findings"]
        ),
        figures={str(name): _number(value) for name, value in raw["figures"].items()},
    )


def _number(value: Any) -> float:
    """JSON knows no infinity: None, or a word for it, is a gap that never ended."""
    return float("inf") if value is None else float(value)
