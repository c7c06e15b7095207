import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from chaos.clients import ledger
from chaos.clients import postgres as client
from chaos.clients.stored import prepare
from chaos.clients.tests.driving import eventually
from chaos.conftest import Postgres
from chaos.events import Decision, Event, Operation, Sample
from chaos.history import History, read
from chaos.observers import sql
from chaos.onnode import observer, recorder
from chaos.onnode.collect import collect
from chaos.onnode.observer import InContainer, OnNode


@pytest.mark.parametrize(
    ("state", "sent"),
    [*itertools.product((None, "25006", "57P01", "23505", "40001", "40003"), (False, True))],
)
def test_a_recorder_judges_errors_as_the_clients_do(state: str | None, sent: bool) -> None:
    assert recorder.outcome_of(state, commit_sent=sent) == client.outcome_of(state, commit_sent=sent)


def test_a_recorder_asks_what_the_others_ask() -> None:
    assert (recorder.STATE, recorder.INSERT) == (sql.STATE, ledger.INSERT)


@dataclass(frozen=True)
class Here:
    """A process of this machine instead of a container."""

    port: int
    folder: Path
    seconds: float = 60

    def run(self, name: str, argv: Sequence[str]) -> list[str]:
        local = [
            f"--port={self.port}",
            f"--secrets={self.folder}",
            f"--seconds={self.seconds}",
            "--every=0.05",
        ]
        remember = f'echo $$ > {self.folder}/pid; exec "$@"'
        return ["sh", "-c", remember, name, sys.executable, *argv[1:], *local]

    def end(self, name: str) -> list[str]:
        return ["sh", "-c", f"kill $(cat {self.folder}/pid)"]


@pytest.fixture
def here(postgres: Postgres, passwords: Path) -> Here:
    prepare([postgres.endpoint], client.Login("todo", "", "todo", "tests"))
    return Here(postgres.endpoint.port, passwords)


def recorded(here: Here, until: Callable[[list[Event]], bool]) -> list[Event]:
    path, stop = here.folder / "history", threading.Event()
    with History(path) as history:
        one = OnNode("postgres-1", "run", lambda: here)
        thread = threading.Thread(target=one.observe, args=(history, stop))
        thread.start()
        eventually(lambda: until(read(path)))
        stop.set()
        thread.join()
    return read(path)


def test_a_recorder_samples_and_writes(here: Here) -> None:
    events = recorded(here, lambda events: sum(isinstance(event, Operation) for event in events) > 30)
    samples = [event for event in events if isinstance(event, Sample)]
    writes = [event for event in events if isinstance(event, Operation)]
    assert {(one.member, one.role, one.where) for one in samples} == {("postgres-1", "primary", "node")}
    # The last ones were under way when it was ended.
    assert {(one.workload, one.outcome, one.server) for one in writes[:30]} == {
        ("node-probe@postgres-1", "ok", "here")
    }
    assert len({one.value for one in writes}) == len(writes)


def test_its_writes_do_not_wait_for_each_other(postgres: Postgres, here: Here) -> None:
    postgres.query("ALTER ROLE todo IN DATABASE todo SET synchronous_commit = on")
    try:
        events = recorded(here, lambda events: sum(isinstance(event, Operation) for event in events) > 3)
    finally:
        postgres.query("ALTER ROLE todo IN DATABASE todo RESET synchronous_commit")
        postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'todo'")
    writes = sorted((one for one in events if isinstance(one, Operation)), key=lambda one: one.sent)
    assert {(one.outcome, one.error) for one in writes} == {
        ("unknown", "deadline"),
        ("unknown", "its recorder ended"),
    }
    assert writes[1].sent < writes[0].completed


def test_a_recorder_that_ends_by_itself_is_noted(here: Here) -> None:
    short = Here(here.port, here.folder, seconds=0.2)
    events = recorded(short, lambda events: any(isinstance(event, Decision) for event in events))
    assert isinstance(events[-1], Decision)
    assert events[-1].source == "recorder on postgres-1"


def test_a_recorder_that_cannot_be_sent_is_an_error(tmp_path: Path) -> None:
    class Nowhere(Here):
        def run(self, name: str, argv: Sequence[str]) -> list[str]:
            return ["sh", "-c", "echo no such container >&2; exit 1"]

    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with History(tmp_path / "h") as history, pytest.raises(RuntimeError, match="no such container"):
        OnNode("m", "r", lambda: Nowhere(0, tmp_path)).observe(history, stop)


def test_it_begins_again_in_another_container(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "AGAIN_S", 0.0)
    short = Here(here.port, here.folder, seconds=0.2)
    events = recorded(short, lambda events: sum(isinstance(event, Decision) for event in events) > 1)
    before, after, *_ = (n for n, event in enumerate(events) if isinstance(event, Decision))
    assert any(isinstance(event, Sample) for event in events[before:after])


def test_a_server_that_is_not_there_is_silent_and_nothing_is_written(here: Here) -> None:
    nobody = Here(1, here.folder)
    events = recorded(nobody, lambda events: len(events) > 10)
    assert {one.role for one in events if isinstance(one, Sample)} == {"silent"}
    assert {one.outcome for one in events if isinstance(one, Operation)} == {"fail"}


CLOCK = json.dumps({"kind": "clock", "monotonic": 100.0, "boot": "b1"}) + "\n"
LINE = json.dumps({"kind": "sample", "member": "m", "at": 101.0, "took": 0.5, "role": "standby"}) + "\n"
WRITE = (
    json.dumps(
        {"kind": "operation", "workload": "w", "value": "v", "outcome": "ok"}
        | {"intended": 101.0, "sent": 102.0, "completed": 103.0}
    )
    + "\n"
)


def test_of_the_same_kernel_the_clock_is_ours() -> None:
    [sample] = collect([CLOCK, LINE], boot="b1", now=lambda: 5000.0)
    assert isinstance(sample, Sample)
    assert sample.at == 101.0


def test_of_another_machine_all_times_are_shifted() -> None:
    sample, write = collect([CLOCK, LINE, WRITE], boot="b2", now=lambda: 5000.0)
    assert isinstance(sample, Sample)
    assert isinstance(write, Operation)
    assert (sample.at, sample.took) == (5001.0, 0.5)
    assert (write.intended, write.sent, write.completed) == (5001.0, 5002.0, 5003.0)


def test_what_was_begun_and_never_ended_is_unknown_and_known_of() -> None:
    begun = {"kind": "begun", "workload": "w", "sent": 102.0}
    lines = [CLOCK, *(json.dumps(begun | {"value": value}) + "\n" for value in "vx"), WRITE, WRITE[:-1]]
    ended, other = collect(lines, boot="b1")
    assert isinstance(ended, Operation)
    assert isinstance(other, Operation)
    assert [(one.value, one.outcome, one.sent) for one in (ended, other)] == [
        ("v", "ok", 102.0),
        ("x", "unknown", 102.0),
    ]


def test_a_torn_last_line_is_left_out() -> None:
    assert len(list(collect([CLOCK, LINE, LINE[:-1]], boot="b1"))) == 1


@pytest.mark.parametrize("line", ["Traceback\n", "[]\n", '{"kind": "health", "at": 1, "troubles": []}\n'])
def test_what_no_recorder_says_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="recorder"):
        list(collect([CLOCK, line], boot="b1"))


def test_without_a_clock_nothing_is_believed() -> None:
    with pytest.raises(ValueError, match="clock"):
        list(collect([LINE], boot="b1"))


def test_the_password_of_nobody_is_on_a_command_line() -> None:
    command = InContainer("node", "container").run("x", ["python3", "-"])
    assert not any("password" in part for part in command)


def test_the_script_needs_nothing_of_chaos() -> None:
    source = Path(recorder.__file__).read_text()
    check = subprocess.run(
        [sys.executable, "-I", "-", "--help"], input=source, text=True, capture_output=True
    )
    assert check.returncode == 0
    assert "chaos." not in "".join(
        line for line in source.splitlines() if line.startswith(("import", "from"))
    )
