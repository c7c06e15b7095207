"""The results of the suite as a file: one row per test, with its figures, when it ran and what it ran on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

__all__ = ["ResultsError", "Row", "kept", "merged", "rows", "write"]

Row = dict[str, object]


class ResultsError(ValueError):
    """A file of results cannot be read; one sentence names it."""


def rows(reports: Iterable[pytest.TestReport], version: str) -> list[Row]:
    """One row per test, of its failed teardown rather than its call; `version`: as in the clients' histories."""
    return [
        {
            "test": report.nodeid,
            "outcome": report.outcome,
            "at": f"{datetime.fromtimestamp(report.start, UTC):%Y-%m-%d %H:%M}",
            "version": version,
            "seconds": round(report.duration, 1),
            **dict(report.user_properties),
        }
        for report in reports
        if report.when == "call" or report.failed
    ]


def merged(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Each test's last result, by the tests' names: a suite of hours may be run in parts."""
    last = {str(row["test"]): row for row in (*old, *new)}
    return [last[test] for test in sorted(last)]


def kept(path: Path) -> list[Row]:
    """The rows of a file, none when there is no such file. Raises ResultsError."""
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise ResultsError(f"{path} is not JSON ({error}); remove it, or get it back from git.") from None
    if not isinstance(found, list) or not all(isinstance(row, dict) and "test" in row for row in found):
        raise ResultsError(f"{path} is not a list of results with a test's name each; get it back from git.")
    return found


def write(path: Path, results: list[Row]) -> None:
    """Write the rows, for people who read a diff too."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n")
