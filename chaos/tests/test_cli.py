import fcntl
import json
from pathlib import Path

import pytest

from chaos import cli
from chaos.checkers import validity
from chaos.conftest import Postgres
from chaos.settings import Settings
from cluster.settings import Settings as ClusterSettings

YAML = """
name: quick
promise: "Nothing is lost."
workloads: {ledger: 40}
steady_s: 0.1
faults: [{kind: command, on: endpoint}]
bounds: {write_gap: 10}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(ClusterSettings(root=tmp_path, cache=tmp_path / "cache"))
    monkeypatch.setattr(cli, "from_environment", lambda: settings)
    monkeypatch.setattr(cli, "prefer_this_process", lambda: None)
    monkeypatch.setattr(validity, "LATE_S", 10.0)
    return settings


@pytest.fixture
def quick(tmp_path: Path) -> str:
    (tmp_path / "quick.yaml").write_text(YAML)
    return str(tmp_path / "quick.yaml")


@pytest.fixture
def dsn(postgres: Postgres) -> str:
    return f"--dsn=postgresql://todo@127.0.0.1:{postgres.endpoint.port}/postgres"


Out = pytest.CaptureFixture[str]


def test_a_campaign_resumes_and_its_histories_can_be_judged_again(
    settings: Settings, quick: str, dsn: str, capsys: Out
) -> None:
    assert cli.main(["run", quick, dsn, "--inject=echo boo", "--repeats=1"]) == 0
    said = capsys.readouterr().out
    assert "boo\n" in said
    assert "PASSED   quick" in said
    assert "1 of 1 finished runs passed" in said
    [history] = settings.build.glob("quick/pg-*/*.jsonl")
    assert json.loads(history.with_suffix(".verdict.json").read_text())["passed"]

    assert cli.main(["run", quick, dsn, "--inject=echo boo", "--repeats=1"]) == 0
    assert "PASSED" not in capsys.readouterr().out
    assert cli.main(["judge", str(history)]) == 0
    assert "PASSED   quick" in capsys.readouterr().out
    assert cli.main(["judge", "--json", str(history)]) == 0
    assert json.loads(capsys.readouterr().out)["passed"]


def test_a_run_without_its_fault_in_force_says_nothing(
    settings: Settings, quick: str, dsn: str, capsys: Out
) -> None:
    assert cli.main(["run", quick, dsn, "--inject=exit 4"]) == 3
    assert (
        "command on endpoint could not be injected: The command of --inject ended with 4"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "pod-lots"], "There is no experiment pod-lots; did you mean pod-lost?"),
        (["run", "quiet", "--dsn=nonsense"], "The DSN cannot be read; it must look like postgresql://"),
        (["run", "quiet", "--inject=true"], "--inject and --heal belong to --dsn; on kind the experiment"),
        (["run", "quiet", "--dsn=postgresql://a@127.0.0.1:1/x"], "Cannot prepare 127.0.0.1:1: connection to"),
        (["run", "quiet", "--on=kind", "--dsn=postgresql://a@127.0.0.1/x"], "--on and --dsn exclude each"),
        (
            ["run", "quiet", "--dsn=host=127.0.0.1 user=a", "--heal=true"],
            "--heal without --inject has nothing",
        ),
        (["soak", "--dsn=host=127.0.0.1 user=a"], "A soak needs --on kind; with --dsn, try `run command"),
        (
            ["judge", "nowhere.jsonl"],
            "nowhere.jsonl cannot be judged: No such file or directory; give a .jsonl",
        ),
        (["run", "quiet"], "No manifest in "),
        (["heal"], "Cannot use the cluster of"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(
    settings: Settings, arguments: list[str], sentence: str, capsys: Out
) -> None:
    assert cli.main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "hello\n", '{"kind": "run"}\n', "[1]\n", '{"kind":"health","at":1,"troubles":[]}\n']
)
def test_a_file_that_is_no_history_is_refused(
    settings: Settings, tmp_path: Path, text: str, capsys: Out
) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    assert cli.main(["judge", str(tmp_path / "x.jsonl")]) == 2
    assert "x.jsonl cannot be judged: it is no history" in capsys.readouterr().err


def test_only_one_may_break_things_at_a_time(settings: Settings, capsys: Out) -> None:
    settings.lock.parent.mkdir(parents=True)
    with settings.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cli.main(["heal", "--dsn=host=127.0.0.1 user=a"]) == 2
    assert "Another `python -m chaos` is at work" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["breed"], ["run", "quiet", "--repeats=0"], ["soak", "--minutes=-1"]]
)
def test_a_wrong_command_line_is_unusable_input(arguments: list[str], capsys: Out) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert "usage: python -m chaos" in capsys.readouterr().err
