"""Instances and commands on nodes, with a tool that answers by a script; the clients' load, with one that runs here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.clients.tests.driving import eventually
from chaos.conftest import Postgres
from chaos.events import Operation, Sample
from chaos.faults.hands import RUN_S, FaultError, Hands
from chaos.history import History, read
from chaos.inside.plan import FOLDER, Plan
from chaos.inside.work import ROOT
from chaos.targets import gke_nodes
from chaos.targets.base import TargetError
from chaos.targets.gke_faults import KINDS
from chaos.targets.gke_load import RemoteLoad
from chaos.targets.gke_nodes import GkeNodes
from chaos.targets.gke_presumed import PresumedKube, example
from chaos.targets.gke_tool import RAN, Command
from cluster.gke.tests.examples import SETTINGS


class Scripted:
    """Answers to commands by what they contain; a list is used up from its beginning to its last element."""

    def __init__(self, **answers: list[object]) -> None:
        self._answers = answers
        self.calls: list[str] = []

    def run(self, command: Command, timeout_s: float = RUN_S) -> str:
        line = " ".join(command.words)
        word = next(word for word in self._answers if f" {word} " in f"{line} ")
        self.calls.append(word)
        found = self._answers[word]
        answer = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(answer, Exception):
            raise answer
        return str(answer)


def states(*words: str) -> list[object]:
    made = {"items": [{"key": "created-by", "value": "x/grp"}]}
    rows = [(status.rpartition("@")[0] or status, status.rpartition("@")[2]) for status in words]
    return [
        json.dumps([{"name": "n", "status": s, "zone": "z", "metadata": made, "creationTimestamp": born}])
        for s, born in rows
    ]


def pods(name: str) -> str:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    return json.dumps({"items": [{"metadata": {"name": name}, "spec": {"nodeName": "n"}, "status": status}]})


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gke_nodes, "POLL_S", 0.0)


@pytest.mark.parametrize(
    ("seen", "started"),
    [
        (("RUNNING",), 0),
        (("STOPPING", "STOPPING", "TERMINATED", "TERMINATED", "RUNNING"), 1),
        (("STAGING", "PROVISIONING", "RUNNING"), 0),
    ],
)
def test_a_node_is_started_once_when_it_is_down_and_nobody_else_does(
    seen: tuple[str, ...], started: int
) -> None:
    tool = Scripted(list=states(*seen), start=[""])
    GkeNodes(tool, SETTINGS).start("n")
    assert tool.calls.count("start") == started


def test_a_node_that_is_made_anew_is_waited_for() -> None:
    seen = states("RUNNING@1", "RUNNING@1", "RUNNING@1", "STAGING@2", "RUNNING@2")
    tool = Scripted(list=seen, managed=[""])
    nodes, kube = GkeNodes(tool, SETTINGS), PresumedKube(SETTINGS, example(SETTINGS), lambda command: None)
    fault = KINDS["node-recreated"].build(Hands(kube, nodes, nodes, ready_s=0), "n")  # type: ignore[arg-type]
    fault.heal()
    assert tool.calls == []
    fault.inject()
    with pytest.raises(FaultError, match="n are not Ready"):
        fault.heal()
    assert tool.calls.count("managed") == 1


def test_what_google_cannot_do_is_said() -> None:
    with pytest.raises(FaultError, match="cannot be paused"):
        GkeNodes(Scripted(), SETTINGS).pause("n")
    assert {"node-paused", "api-server-stopped"}.isdisjoint(KINDS)


def test_a_replaced_pod_is_looked_for_and_what_ran_is_not_run_again() -> None:
    tool = Scripted(
        get=[pods("old"), pods("new")], old=["said", FaultError("no such pod"), ""], new=["said again"]
    )
    nodes = GkeNodes(tool, SETTINGS)
    assert [nodes.run("n", ["true"]), nodes.run("n", ["true"])] == ["said", "said again"]
    failed = Scripted(get=[pods("old")], old=["said", FaultError(f"{RAN} 1")])
    nodes = GkeNodes(failed, SETTINGS)
    nodes.run("n", ["true"])
    with pytest.raises(FaultError, match=RAN):
        nodes.run("n", ["false"])
    assert failed.calls.count("old") == 2


class Here:
    """Runs what is for the clients' pod on this machine."""

    def run(self, command: Command, timeout_s: float = RUN_S) -> str:
        words = [sys.executable, *command.words[command.words.index("python3") + 1 :]]
        done = subprocess.run(words, input=command.stdin, capture_output=True, check=False, timeout=timeout_s)
        if done.returncode:
            raise FaultError(done.stderr.decode())
        return done.stdout.decode()


@pytest.fixture
def plan(postgres: Postgres, passwords: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv(FOLDER, str(passwords))
    monkeypatch.setenv(ROOT, str(tmp_path / "work"))
    here = f"127.0.0.1:{postgres.endpoint.port}"
    Here().run(
        Command(
            ("python3", "-m", "chaos.inside", "prepare"),
            Plan("", {}, {"a": here}, here, here, 1).to_json().encode(),
        )
    )
    return Plan("chaos-load", {"pgpool": 20}, {"a": here}, here, here, seconds=60)


def test_a_load_elsewhere_is_counted_while_it_goes_on_and_then_in_the_history(
    plan: Plan, tmp_path: Path
) -> None:
    with History(tmp_path / "h.jsonl") as history:
        load = RemoteLoad(Here(), SETTINGS, plan, history, dict, lambda: 1000.0)
        with load:
            assert load.rates == {"pgpool": 20}
            eventually(lambda: load.counts().get("pgpool", 0) > 5)
    events = read(tmp_path / "h.jsonl")
    assert {type(event) for event in events} >= {Operation, Sample}
    assert all(event.completed > 1000 for event in events if isinstance(event, Operation))


def seen_alive(load: RemoteLoad) -> bool:
    load.sync()
    return bool(load._status["alive"])


def test_a_load_that_died_is_noticed(plan: Plan, tmp_path: Path) -> None:
    def killed(load: RemoteLoad, look: bool) -> None:
        with load:
            os.kill(json.loads((tmp_path / "work" / plan.run / "process.json").read_text()), 9)
            eventually(lambda: not seen_alive(load))
            if look:
                load.counts()

    with History(tmp_path / "h.jsonl") as history:
        for look, sentence in (
            (True, "The clients in the cluster ended: "),
            (False, "well: they were killed"),
        ):
            shutil.rmtree(tmp_path / "work", ignore_errors=True)
            with pytest.raises(TargetError, match=sentence):
                killed(RemoteLoad(Here(), SETTINGS, plan, history, dict, lambda: 0.0), look)
