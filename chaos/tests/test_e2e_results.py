"""The file that keeps the suite's results: parts of it are run on different days."""

from pathlib import Path
from typing import Literal

import pytest

from e2e.results import ResultsError, Row, kept, merged, rows, write

Outcome = Literal["passed", "failed"]


def report(test: str, when: Literal["call", "setup", "teardown"], outcome: Outcome) -> pytest.TestReport:
    return pytest.TestReport(
        test,
        ("e2e/test_a.py", 1, test),
        {},
        outcome,
        None,
        when,
        user_properties=[("gap", 1.5)],
        duration=2.04,
        start=0,
    )


def row(test: str, outcome: Outcome) -> Row:
    at = "1970-01-01 00:00"
    return {"test": test, "outcome": outcome, "at": at, "version": "v", "seconds": 2.0, "gap": 1.5}


def test_a_test_has_one_row() -> None:
    reports = [
        report("a", "setup", "passed"),
        report("a", "call", "passed"),
        report("a", "teardown", "passed"),
    ]
    assert rows(reports, "v") == [row("a", "passed")]


def test_what_fails_after_a_test_fails_it() -> None:
    reports = [report("a", "call", "passed"), report("a", "teardown", "failed")]
    assert merged((), rows(reports, "v")) == [row("a", "failed")]


def test_a_part_replaces_its_own_rows_only(tmp_path: Path) -> None:
    file = tmp_path / "docs" / "results.json"
    write(file, [row("b", "failed"), row("c", "passed")])
    assert merged(kept(file), [row("b", "passed"), row("a", "passed")]) == [
        row("a", "passed"),
        row("b", "passed"),
        row("c", "passed"),
    ]


def test_no_file_has_no_rows(tmp_path: Path) -> None:
    assert kept(tmp_path / "results.json") == []


@pytest.mark.parametrize("text", ["[{", "{}", '[{"outcome": "passed"}]'])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "results.json"
    file.write_text(text)
    with pytest.raises(ResultsError, match=r"results\.json is not .*git"):
        kept(file)
