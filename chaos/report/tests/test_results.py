import json
import math
from pathlib import Path

import pytest

from chaos.checkers.judge import judge
from chaos.history import History
from chaos.report.results import ReportError, histories, result_of
from chaos.report.tests.simulator import failover


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pod-lost") / "one.jsonl"
    with History(path) as written:
        for event in failover(1, lost=2):
            written.append(event)
    return path


def test_a_history_is_judged_when_it_has_no_verdict(history: Path) -> None:
    found = result_of(history)
    assert (found.valid, found.failed, found.findings[0].checker) == (True, True, "lost")
    assert 3.0 < found.figures["write_gap.pgpool"] < found.longest


def test_a_verdict_beside_it_is_trusted_unless_told_otherwise(history: Path) -> None:
    verdict = judge(failover(1)).to_json() | {"figures": {"write_gap.pgpool": None}, "findings": []}
    beside = history.with_suffix(".verdict.json")
    beside.write_text(json.dumps(verdict))
    assert result_of(history).figures == {"write_gap.pgpool": math.inf}
    assert result_of(history, again=True).failed
    beside.unlink()


def test_an_interrupted_run_in_a_folder_does_not_count(history: Path) -> None:
    with pytest.raises(ReportError, match="holds no judged run; `python -m chaos run"):
        histories([history.parent])
    assert histories([history]) == [history]


def test_a_path_there_is_not_is_named() -> None:
    with pytest.raises(ReportError, match="There is no history nowhere"):
        histories([Path("nowhere")])


@pytest.mark.parametrize("text", ["hello\n", '{"kind": "nonsense"}\n', "[]\n"])
def test_a_file_that_is_no_history_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text)
    with pytest.raises(ReportError, match=r"This is no history: .*x\.jsonl, line 1: .* makes one"):
        result_of(file)


def test_a_verdict_that_is_none_is_named(history: Path) -> None:
    beside = history.with_suffix(".verdict.json")
    beside.write_text("{}")
    with pytest.raises(ReportError, match=r"is no verdict \(KeyError: 'run'\); `python -m chaos judge"):
        result_of(history)
    beside.unlink()
