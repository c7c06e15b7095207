import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.campaign import verdict_path
from chaos.checkers.judge import judge
from chaos.events import Run
from chaos.history import History, stream
from chaos.report import cli
from chaos.report.promises import known, page
from chaos.report.tests.simulator import failover
from chaos.report.written import read

README = "# x\n<!-- promises:begin -->\n<!-- promises:end -->\n"


def told(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one history that nobody judged yet."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(README)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def history(root: Path) -> Path:
    path = root / "one.jsonl"
    with History(path) as written:
        for event in failover(1, experiment="pod-lost"):
            written.append(event)
    return path


def test_a_history_becomes_a_page_a_json_and_what_is_committed(root: Path, history: Path) -> None:
    assert cli.main(told(str(history), "--out", str(root / "out"), "--publish")) == 0
    assert "pod-lost on postgres-0: longest gap" in (root / "out/report.html").read_text()
    assert json.loads((root / "out/report.json").read_text())["measured"]
    assert "kept in 1 of 1 runs; write gap through pgpool" in (root / "README.md").read_text()
    shown = read(root / "docs/chaos-report.json")
    assert (root / "docs/promises.md").read_text() == page(shown, known())
    assert (root / "docs/failover.svg").read_text().startswith("<svg")


def test_what_was_published_is_what_the_next_is_compared_with(root: Path, history: Path) -> None:
    cli.main(told(str(history), "--out", str(root / "out"), "--publish"))
    cli.main(told(str(history), "--out", str(root / "out")))
    measured = json.loads((root / "out/report.json").read_text())["measured"]
    [pod_lost] = [each for each in measured if each["experiment"] == "pod-lost"]
    assert pod_lost["previous"]["write_gap.pgpool"]["n"] == 1


def test_what_was_measured_before_and_not_again_stays_published(root: Path, history: Path) -> None:
    cli.main(told(str(history), "--out", str(root / "out"), "--publish"))
    before = (root / "docs/promises.md").read_text()
    run, *events = failover(1)
    assert isinstance(run, Run)
    path = root / "other.jsonl"
    with History(path) as written:
        for event in [replace(run, experiment="soak"), *events]:
            written.append(event)
    cli.main(told(str(path), "--out", str(root / "out"), "--publish"))
    measured = {each.experiment: each.n for each in read(root / "docs/chaos-report.json").measured}
    assert (measured["pod-lost"], measured["soak"], measured["drain"]) == (1, 1, 0)
    after = (root / "docs/promises.md").read_text()
    assert before.split("## 2.")[0] == after.split("## 2.")[0]


def test_the_runs_that_were_published_are_kept_for_the_next_machine(
    root: Path, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = root / "build/chaos/pod-lost/v1/one.jsonl"
    run.parent.mkdir(parents=True)
    history.rename(run)
    verdict_path(run).write_text(json.dumps(judge(stream(run)).to_json()))
    monkeypatch.chdir(root)
    cli.main(told("build/chaos/pod-lost", "--out", str(root / "out"), "--publish"))
    shutil.rmtree(root / "build")
    assert cli.main(told("--out", str(root / "out"), "--again")) == 0
    measured = json.loads((root / "out/report.json").read_text())["measured"]
    assert sum(each["n"] for each in measured) == 1


def test_bad_input_is_one_sentence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(told(str(root / "docs"))) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_broken_promise_is_told_by_the_exit_code(root: Path) -> None:
    path = root / "two.jsonl"
    with History(path) as written:
        for event in failover(1, lost=3):
            written.append(event)
    assert cli.main(told(str(path), "--out", str(root / "out"))) == 1


def test_a_users_own_command_is_in_the_report_only_where_it_was_tried(root: Path, history: Path) -> None:
    run, *events = failover(1)
    assert isinstance(run, Run)
    path = root / "command.jsonl"
    with History(path) as written:
        for event in [replace(run, experiment="command"), *events]:
            written.append(event)
    cli.main(told(str(history), "--out", str(root / "without")))
    cli.main(told(str(path), "--out", str(root / "with")))
    promises = {
        where: {each.experiment: each.promise for each in read(root / where / "report.json").measured}
        for where in ("without", "with")
    }
    assert "command" not in promises["without"]
    assert promises["with"]["command"].startswith("Whatever the given command does")


def test_what_was_measured_elsewhere_is_reported_but_not_published(root: Path) -> None:
    run, *events = failover(1)
    assert isinstance(run, Run)
    path = root / "elsewhere.jsonl"
    with History(path) as written:
        for event in [replace(run, target="dsn"), *events]:
            written.append(event)
    cli.main(told(str(path), "--out", str(root / "out"), "--publish"))
    assert "dsn" in {each.target for each in read(root / "out/report.json").measured}
    assert {each.n for each in read(root / "docs/chaos-report.json").measured} == {0}
    assert not (root / "docs/failover.svg").exists()
