"""A whole run of the target gke: the clients are real and on this machine, the cluster around them only answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from chaos import run_health
from chaos.checkers import validity
from chaos.conftest import Postgres
from chaos.events import Budget, FaultMark, Operation, PoolView, Present, Sample
from chaos.experiment import Experiment, FaultStep
from chaos.faults.hands import RUN_S, FaultError
from chaos.history import read
from chaos.inside.plan import FOLDER, Plan
from chaos.inside.work import ROOT
from chaos.kube.client import Kube
from chaos.run import run_experiment
from chaos.targets.base import TargetError
from chaos.targets.gke import GkeTarget
from chaos.targets.gke_presumed import PresumedKube, Snapshot, example
from chaos.targets.gke_rehearsal import Answers
from chaos.targets.gke_tool import Command
from chaos.targets.tests.test_gke_nodes import Here
from cluster.gke.tests.cloud import ROOT as REPOSITORY
from cluster.gke.tests.examples import made

MEMBER = "postgres-0"
SETTINGS = made(root=REPOSITORY)
MOVED = 1000.0
"""What the clients' clock is behind ours by, as far as the target is told."""
QUICK = Experiment(
    name="quick",
    promise="Nothing is lost.",
    workloads={"pgpool": 20.0},
    steady_s=0.5,
    faults=(FaultStep(kind="pod-lost", on="primary"),),
)


class Cluster(PresumedKube):
    """One that is also watched."""

    def budget(self, name: str) -> Budget:
        return Budget(name, time.monotonic(), current=1, desired=0, allowed=1, expected=1)

    def evict(self, pod: str, dry_run: bool = False, namespace: str | None = None) -> int:
        return 201

    def log(self, pod: str, since: str) -> Iterator[str]:
        return iter(())


class Tool:
    """The clients' pod is here; the rest answers as in a rehearsal."""

    def __init__(self, found: Snapshot) -> None:
        self.lines: list[str] = []
        self._answers = Answers(SETTINGS, found, self.lines.append)

    def run(self, command: Command, timeout_s: float = RUN_S) -> str:
        self.lines.append(command.line)
        return Here().run(command) if "chaos.inside" in command.words else self._answers(command)


class Target(GkeTarget):
    """Everything is reached where it is."""

    port = 0

    def plan(self, run: str, rates: object = None) -> Plan:
        here = f"127.0.0.1:{self.port}"
        return Plan(run, QUICK.workloads, {MEMBER: here}, here, here, 60)


@pytest.fixture
def found() -> Snapshot:
    whole = example(SETTINGS)
    config = json.loads(whole.config["ha.json"]) | {"members": [f"{MEMBER}.postgres"]}
    status = json.dumps({"nodes": [{"name": MEMBER, "role": "primary"}], "why": []})
    pods = tuple(
        replace(pod, ip="127.0.0.1") for pod in whole.pods if pod.name not in ("postgres-1", "postgres-2")
    )
    return replace(whole, config={"ha.json": json.dumps(config)}, status=status, pods=pods)


@pytest.fixture
def target(
    postgres: Postgres, passwords: Path, tmp_path: Path, found: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> Target:
    monkeypatch.setenv(FOLDER, str(passwords))
    monkeypatch.setenv(ROOT, str(tmp_path / "work"))
    monkeypatch.setattr(run_health, "HEALTH_S", 0.1)
    monkeypatch.setattr(validity, "LATE_S", 10.0)
    monkeypatch.setattr(Target, "port", postgres.endpoint.port)
    todo = replace(postgres, login=replace(postgres.login, database="todo"))
    todo.query("CREATE TABLE IF NOT EXISTS todos (title text)")
    tool = Tool(found)
    return Target(SETTINGS, cast(Kube, Cluster(SETTINGS, found, tool.run)), tool, lambda: MOVED)


def test_a_run_is_judged_by_what_the_clients_in_the_cluster_saw(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    with target:
        verdict = run_experiment(target, QUICK, path)
    events = read(path)
    assert {type(event) for event in events} >= {Operation, Sample, PoolView, Present, FaultMark, Budget}
    # All that came from the clients' machine was put on our clock.
    ours = [event.at for event in events if isinstance(event, FaultMark)]
    theirs = [event.completed for event in events if isinstance(event, Operation)]
    assert min(theirs) - max(ours) > MOVED / 2
    assert verdict.run.target == "gke"
    assert not verdict.findings
    lines = "\n".join(cast(Tool, target._tool).lines)
    places = [
        lines.index(word)
        for word in ("create --filename", "inside start", "delete pod", "inside stop", "forget")
    ]
    assert places == sorted(places)
    assert lines.endswith("--wait=false")


def test_a_fault_that_would_hit_the_clients_is_refused(target: Target) -> None:
    with target, pytest.raises(TargetError, match=r"The clients run on .* would hit it"):
        target.fault("node-killed", target.clients_on)


def test_two_runners_at_once_are_one_too_many(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def there(command: Command, timeout_s: float = RUN_S) -> str:
        assert "create" in command.words
        raise FaultError(
            "`kubectl create` failed: Error from server (AlreadyExists): jobs.batch already exists"
        )

    monkeypatch.setattr(target._tool, "run", there)
    with pytest.raises(TargetError, match=r"Somebody else judges cluster kube-flask .* chaos heal --on gke"):
        target.__enter__()


def test_what_was_put_there_goes_when_entering_fails(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def unequipped(hands: object) -> None:
        raise TargetError("there is no pgrep")

    monkeypatch.setattr("chaos.targets.gke_place.equipped", unequipped)
    with pytest.raises(TargetError, match="no pgrep"):
        target.__enter__()
    assert "delete jobs,daemonsets,services" in cast(Tool, target._tool).lines[-1]
