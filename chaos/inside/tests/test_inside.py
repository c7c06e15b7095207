"""The commands as the runner calls them, on this machine's own PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.clients.tests.driving import eventually
from chaos.codec import parse
from chaos.conftest import Postgres
from chaos.events import Operation, PoolView, Sample
from chaos.history import stream
from chaos.inside.plan import FOLDER, Plan
from chaos.inside.work import ROOT, Work, of_run

RUN = "chaos-inside"


@pytest.fixture
def plan(postgres: Postgres, passwords: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv(FOLDER, str(passwords))
    monkeypatch.setenv(ROOT, str(tmp_path / "work"))
    here = f"localhost:{postgres.endpoint.port}"
    return Plan(RUN, {"pgpool": 20, "direct-session": 10}, {"here": here}, here, here, seconds=60)


def called(*words: str, told: str = "", code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "chaos.inside", *words],
        input=told,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_clients_go_on_alone_and_their_history_is_collected(plan: Plan, tmp_path: Path) -> None:
    called("prepare", told=plan.to_json())
    begun = json.loads(called("start", told=plan.to_json()))
    assert (begun["rates"], begun["alive"]) == ({"pgpool": 20, "direct-session": 10}, True)
    pools = json.dumps({"pgpool-x": "127.0.0.1"})
    eventually(lambda: min(json.loads(called("sync", RUN, told=pools))["counts"].values()) > 5)
    eventually(lambda: any(isinstance(event, PoolView) for event in stream(of_run(RUN).history)))
    *lines, last = map(json.loads, called("stop", RUN).splitlines())
    assert (last["lines"], last["ended"], last["error"]) == (len(lines), True, "")
    events = [parse(line) for line in lines]
    assert {type(event) for event in events} >= {Operation, Sample, PoolView}
    acknowledged = sum(isinstance(e, Operation) and e.outcome == "ok" for e in events)
    assert acknowledged == sum(last["counts"].values())


@pytest.mark.parametrize(
    ("words", "told", "sentence"),
    [
        (("start",), "{}", "inside start: not a plan"),
        (("present", "nothing"), "", "inside present: "),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words: tuple[str, ...], told: str, sentence: str) -> None:
    said = called(*words, told=told, code=1)
    assert said.startswith(sentence)
    assert said.count("\n") == 1


def test_the_dead_are_known_as_dead(tmp_path: Path) -> None:
    work = Work(tmp_path)
    with work.held():
        assert work.alive
    assert not work.alive
    assert work.read("status", 7) == 7


def test_a_plan_survives_its_way(plan: Plan) -> None:
    assert Plan.from_json(plan.to_json()) == plan
