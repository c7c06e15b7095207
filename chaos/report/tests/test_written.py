import json
import math
from pathlib import Path

import pytest

from chaos.report.measured import Report
from chaos.report.results import ReportError
from chaos.report.tests.results import LOST, report, result
from chaos.report.written import dumps, published, read, whole


@pytest.fixture
def some() -> Report:
    return report(result(number=1), result(math.inf, number=2, findings=(LOST,)))


def test_what_is_published_is_read_back(some: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(dumps(published(some)))
    [measured] = read(file).measured
    assert (measured.n, measured.failed, measured.broken) == (2, 1, some.measured[0].broken)
    assert measured.figures["write_gap.pgpool"].max == math.inf
    assert published(read(file)) == published(some)


def test_it_is_strict_json_and_only_gaps_are_published(some: Report) -> None:
    raw = json.loads(dumps(published(some)), parse_constant=lambda word: pytest.fail(word))
    assert list(raw["measured"][0]["figures"]) == ["write_gap.pgpool"]
    assert "runs" not in raw["measured"][0]


def test_the_whole_report_has_every_run(some: Report) -> None:
    raw = json.loads(dumps(whole(some)))
    assert [run["valid"] for run in raw["measured"][0]["runs"]] == [True, True]
    assert "latency_p99.pgpool" in raw["measured"][0]["figures"]


def test_a_figure_is_one_line() -> None:
    raw = {"figures": {"a": {"n": 1, "p95": 2}}, "text": "kept { as [ it is", "list": []}
    assert '"a": {"n": 1, "p95": 2}' in dumps(raw)
    assert json.loads(dumps(raw)) == raw


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "made": "x", "measured": [1]}'])
def test_what_is_no_report_is_refused_with_the_next_command(text: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(ReportError, match=r"is no report .* --publish"):
        read(file)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text('{"format": 2}')
    with pytest.raises(ReportError, match="format 2, this version reads up to 1"):
        read(file)
