from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chaos.campaign import finished, folder_of, new_history, passed, repeat, verdict_path
from chaos.checkers.verdict import Finding, Verdict
from chaos.events import Run
from chaos.run_errors import RunError

GOOD = Verdict(Run("r", "quiet", "dsn", ("one",), 0, "v", "", 0.0), True, (), (), {"write_gap.ledger": 0.1})
BAD = replace(GOOD, findings=(Finding("lost", "gone", 1, ("r-1",)),))
INVALID = replace(GOOD, valid=False, invalid_because=("The generator was late.",))


def ending_in(*verdicts: Verdict) -> Callable[[Path], Verdict]:
    left = iter(verdicts)

    def run(path: Path) -> Verdict:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return next(left)

    return run


def test_only_what_is_missing_is_run(tmp_path: Path) -> None:
    assert len(list(repeat(ending_in(GOOD, BAD), tmp_path, 2))) == 2
    assert len(list(repeat(ending_in(GOOD), tmp_path, 3))) == 1
    assert not list(repeat(ending_in(), tmp_path, 3))
    assert [passed(path) for path in finished(tmp_path)] == [True, False, True]


def test_without_a_number_it_is_run_once_more(tmp_path: Path) -> None:
    list(repeat(ending_in(GOOD), tmp_path, None))
    assert len(list(repeat(ending_in(GOOD), tmp_path, None))) == 1
    assert len(finished(tmp_path)) == 2


def test_invalid_and_interrupted_runs_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "20260101T000000-000.jsonl").touch()
    verdict_path(tmp_path / "20260101T000000-001.jsonl").write_text("{torn")
    assert [done.verdict for done in repeat(ending_in(INVALID, GOOD), tmp_path, 1)] == [INVALID, GOOD]


def test_a_machine_on_which_every_run_is_invalid_ends_the_campaign(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="3 runs in a row say nothing: The generator was late"):
        list(repeat(ending_in(*[INVALID] * 9), tmp_path, 2))


def test_histories_of_one_experiment_and_version_are_together(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "pod-lost", "sha256:12 ab")
    at = datetime(2026, 11, 24, 3, 4, 5, 678000, UTC)
    assert new_history(folder, at) == tmp_path / "pod-lost" / "sha256_12_ab" / "20261124T030405-678000.jsonl"


def test_runs_with_a_share_of_the_clients_are_apart_from_those_with_all(tmp_path: Path) -> None:
    assert folder_of(tmp_path, "pod-lost", "12ab", 1) == folder_of(tmp_path, "pod-lost", "12ab")
    assert folder_of(tmp_path, "pod-lost", "12ab", 0.25) == tmp_path / "pod-lost" / "12ab-0.25"
