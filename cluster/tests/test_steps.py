import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from cluster import up
from cluster.__main__ import only_one, parser
from cluster.settings import Settings, cache_dir
from cluster.shell import Shell, StepFailed, short
from cluster.sources import Source
from cluster.steps import Step, duration, relevant_tail, run_steps, selected
from cluster.tools import DEBOOTSTRAP, DOCKER, DOCKERD, GO, missing_message, missing_tools, wanted_tools

NAMES = ["tools", "engine", "base", "node", "cluster", "images", "synth", "apply", "todo"]


def screen(steps: list[Step], logs: Path) -> tuple[bool, str]:
    out = io.StringIO()
    succeeded = run_steps(steps, logs, Console(file=out, width=100))
    return succeeded, out.getvalue()


def test_the_order_of_a_bring_up(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, cache=tmp_path)
    assert [s.name for s in up.steps(settings, Source("build", "x"))] == NAMES


@pytest.mark.parametrize(("until", "count"), [(None, 2), ("a", 1), ("b", 2)])
def test_until_stops_after_a_step(until: str | None, count: int) -> None:
    steps = [Step(n, n, lambda sh: "") for n in "ab"]
    assert len(selected(steps, until)) == count


def test_an_unknown_step_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="the steps are a"):
        selected([Step("a", "a", lambda sh: "")], "x")


@pytest.mark.parametrize(
    ("advice", "says"), [("do this", "try: do this"), ("", "try: the same command again")]
)
def test_a_failure_stops_and_shows_log_and_what_to_try(tmp_path: Path, advice: str, says: str) -> None:
    def fail(shell: Shell) -> str:
        shell.run(["sh", "-c", "echo the reason >&2; exit 3"], advice=advice)
        return ""

    succeeded, text = screen([Step("a", "first", fail), Step("b", "second", lambda sh: "")], tmp_path)
    assert not succeeded
    assert "second" not in text
    assert all(part in text for part in ("the reason", "ended with 3", says, "01-a.log"))


def test_success_shows_outcome_time_and_log(tmp_path: Path) -> None:
    succeeded, text = screen([Step("a", "first", lambda sh: "did it [x]")], tmp_path)
    assert succeeded
    assert "ok 1/1 first: did it [x]" in text
    assert "01-a.log" in text


def test_progress_is_on_screen_and_in_the_log(tmp_path: Path) -> None:
    def work(shell: Shell) -> str:
        shell.say("half way")
        return "done"

    assert "half way" in screen([Step("a", "first", work)], tmp_path)[1]
    assert "half way" in (tmp_path / "01-a.log").read_text()


@pytest.mark.parametrize(("seconds", "text"), [(0.42, "0.4 s"), (42, "42 s"), (185, "3 min 05 s")])
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_command_is_named_without_its_wrapping() -> None:
    assert short(["env", "A=b", "/x/bin/python", "-m", "synth", "--out", "y"]) == "python -m synth"


def test_the_tail_leaves_out_empty_lines() -> None:
    assert relevant_tail("a\n\nb\n\n\nc\n", lines=2) == ["b", "c"]


def test_a_question_that_hangs_is_given_up(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "log")
    assert shell.ask(["sleep", "5"], timeout_s=0.1) is None
    assert shell.ask(["no-such-program"]) is None
    with pytest.raises(StepFailed, match="false"):
        shell.need(["false"])


def test_what_runs_ends_with_its_caller(tmp_path: Path) -> None:
    code = (
        f"from cluster.shell import Shell; Shell(__import__('pathlib').Path({str(tmp_path / 'log')!r})).run("
    )
    code += f"['sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 60'])"
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        deadline = time.monotonic() + 10
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        caller.kill()
    child = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/status")
    while child.exists() and "\nState:\tZ" not in child.read_text():
        assert time.monotonic() < deadline, "the child outlived its caller"
        time.sleep(0.01)


def test_only_one_at_a_time(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, cache=tmp_path / "cache")
    with only_one(settings), pytest.raises(SystemExit, match="another"), only_one(settings):
        raise AssertionError("two bring-ups at once")


@pytest.mark.parametrize(
    ("engine", "linux", "building", "kind", "expected"),
    [
        (True, True, False, True, {DOCKER}),
        (True, False, False, False, {DOCKER, GO}),
        (False, True, False, True, {DOCKER, DOCKERD}),
        (True, True, True, True, {DOCKER, DEBOOTSTRAP, GO}),
    ],
)
def test_only_what_will_be_called_is_wanted(
    engine: bool, linux: bool, building: bool, kind: bool, expected: set[object]
) -> None:
    wanted = wanted_tools(engine_answers=engine, linux=linux, building=building, has_kind=kind)
    assert {t for t in wanted if t.program not in ("ip", "iptables")} == expected


def test_one_message_lists_everything_missing_with_versions() -> None:
    missing = missing_tools([DOCKER, GO, DEBOOTSTRAP], lambda tool: tool is DEBOOTSTRAP)
    assert missing == [DOCKER, GO]
    message = missing_message(missing)
    assert all(part in message for part in ("docker", "20.10", "go 1.21", "kind 0.33.0"))


@pytest.mark.parametrize(
    ("environment", "end"), [({"XDG_CACHE_HOME": "/x"}, "/x/kube-flask"), ({}, "/.cache/kube-flask")]
)
def test_cache_dir(environment: dict[str, str], end: str) -> None:
    assert str(cache_dir(environment)).endswith(end)


def test_the_flags_are_refused_with_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["up", "--images", "maybe"])
    assert "auto" in capsys.readouterr().err
