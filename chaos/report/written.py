"""A report as JSON: all of it under build/, and the short one that is committed and read again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chaos.report.measured import Broken, Conditions, Measured, Report
from chaos.report.numbers import Distribution, Goal
from chaos.report.results import ReportError, Result
from chaos.report.summary import is_gap

__all__ = ["FORMAT", "dumps", "published", "read", "whole"]

FORMAT = 1
"""Version of both files."""


def _measured(each: Measured) -> dict[str, Any]:
    return {
        "experiment": each.experiment,
        "target": each.target,
        "promise": each.promise,
        "version": each.version,
        "n": each.n,
        "failed": each.failed,
        "invalid": each.invalid,
        "invalid_because": dict(each.invalid_because),
        "broken": [asdict(found) for found in each.broken],
        "figures": {name: d.to_json() for name, d in each.figures.items() if is_gap(name)},
        "goals": [goal.to_json() | {"met": goal.met(each.figures.get(goal.figure))} for goal in each.goals],
        "conditions": _rounded(asdict(each.conditions)) if each.conditions else None,
    }


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}


def published(report: Report) -> dict[str, Any]:
    """Return what is committed: the newest version of each experiment, without single runs."""
    return {"format": FORMAT, "made": report.made, "measured": [_measured(each) for each in report.measured]}


def _run(run: Result) -> dict[str, Any]:
    finite = {name: value if math.isfinite(value) else None for name, value in run.figures.items()}
    return {
        "history": str(run.path),
        "began": run.began,
        "valid": run.valid,
        "invalid_because": run.invalid_because,
        "findings": [asdict(found) for found in run.findings],
        "figures": finite,
    }


def whole(report: Report) -> dict[str, Any]:
    """Return everything: also every run, every figure, the previous report's, and older versions."""

    def all_of(each: Measured) -> dict[str, Any]:
        return _measured(each) | {
            "figures": {name: d.to_json() for name, d in each.figures.items()},
            "previous": {name: d.to_json() for name, d in each.before.items()},
            "previous_version": each.version_before,
            "runs": [_run(run) for run in each.runs],
        }

    older = [all_of(each) for each in report.older]
    return published(report) | {"measured": [all_of(each) for each in report.measured], "older": older}


def dumps(raw: Mapping[str, Any]) -> str:
    """Return JSON for people to compare: one figure a line."""
    text = json.dumps(raw, indent=1, allow_nan=False)
    # Whatever holds neither another object nor another list goes onto one line. Strings hold no line breaks.
    return re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda found: _one_line(found[0]), text) + "\n"


def _one_line(text: str) -> str:
    text = re.sub(r"(?<=[\[{])\s*\n\s*|\s*\n\s*(?=[\]}])", "", text)
    return re.sub(r"\s*\n\s*", " ", text)


def read(path: Path) -> Report:
    """Return a report from either JSON. Raises ReportError when the file is none."""
    try:
        raw = json.loads(path.read_text())
        if raw["format"] > FORMAT:
            raise ReportError(
                f"{path} has format {raw['format']}, this version reads up to {FORMAT}: take a newer one."
            )
        return Report(str(raw["made"]), tuple(_parse(each) for each in raw["measured"]))
    except ReportError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise ReportError(
            f"{path} is no report ({why}); `python -m chaos report --publish` writes one."
        ) from error


def _parse(raw: Mapping[str, Any]) -> Measured:
    return Measured(
        experiment=raw["experiment"],
        target=raw["target"],
        version=raw["version"],
        promise=raw["promise"],
        n=raw["n"],
        failed=raw["failed"],
        invalid=raw["invalid"],
        invalid_because=raw["invalid_because"],
        broken=tuple(Broken(**each) for each in raw["broken"]),
        figures={name: Distribution.parse(each) for name, each in raw["figures"].items()},
        goals=tuple(Goal.parse(each) for each in raw["goals"]),
        conditions=Conditions(**raw["conditions"]) if raw["conditions"] else None,
    )
