"""Histories as files, judged as they would be on another machine. A violation that was found once is kept here."""

from pathlib import Path

import pytest

from chaos.checkers.judge import judge
from chaos.history import stream

FOLDER = Path(__file__).parent / "histories"
EXPECTED = {
    # PostgreSQL 15 with synchronous_commit = off, restarted with -m immediate; recorded with --dsn.
    "asynchronous-commit": ["lost", "shown-then-lost", "outside-newest-history"],
    "good": [],
    "lost": ["lost", "outside-newest-history"],
    "lost-on-a-standby": ["lost", "convergence"],
    # A soak on kind, 2026-11-29: the recorder on a node that had been paused ended before it told what it wrote.
    # The rows were right and the recorder wrong; it tells what it begins since.
    "recorder-ended-first": ["unexpected"],
    "split-brain": ["lost", "outside-newest-history", "deposed-answer"],
    "stale-read": ["stale-read"],
}
INVALID = {"torn"}


def test_every_file_has_its_verdict_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == EXPECTED.keys() | INVALID


@pytest.mark.parametrize(("name", "checkers"), EXPECTED.items())
def test_a_stored_history_has_the_verdict_it_had(name: str, checkers: list[str]) -> None:
    verdict = judge(stream(FOLDER / f"{name}.jsonl"))
    assert verdict.valid
    assert [found.checker for found in verdict.findings] == checkers


@pytest.mark.parametrize("name", INVALID)
def test_a_history_that_ends_early_proves_nothing(name: str) -> None:
    assert not judge(stream(FOLDER / f"{name}.jsonl")).valid
