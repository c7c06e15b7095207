"""A dry run: the target and its faults do all they would do, with hands that only tell it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from chaos.experiment import Experiment, FaultStep
from chaos.faults.scripts import PROCESSES, SIGNAL
from chaos.kube.client import Kube
from chaos.onnode import recorder
from chaos.run import MARK as RUN_MARK
from chaos.run import check
from chaos.targets.base import Fault
from chaos.targets.gke import GkeTarget
from chaos.targets.gke_clock import pings
from chaos.targets.gke_nodes import Instance
from chaos.targets.gke_objects import HANDS
from chaos.targets.gke_place import InPod
from chaos.targets.gke_presumed import PresumedKube, Snapshot
from chaos.targets.gke_tool import Command, Printer
from chaos.targets.gke_words import inside
from cluster.gke.settings import GkeSettings

__all__ = ["Answers", "rehearse", "rehearse_heal"]

RUN = f"{RUN_MARK}HHMMSS-abcdef"
Say = Callable[[str], None]
# Processes as the script for nodes prints them: number, first process of the container, state, parent, ..., start.
EXAMPLES = (
    ("ha", 101, 101, 1, "python3 /opt/kube-flask/bin/ha node"),
    ("postgres", 102, 101, 101, "postgres -D /var/lib/postgresql/data"),
    ("postgres", 103, 101, 102, "postgres: kube-flask: todo todo 10.0.0.1(5000) INSERT"),
    ("repmgrd", 104, 101, 101, "repmgrd -f /run/postgresql/repmgr.conf"),
    ("pgpool", 105, 101, 101, "pgpool -D"),
)


class Answers:
    """What commands are presumed to print; instances are what they were told to be."""

    def __init__(self, settings: GkeSettings, found: Snapshot, say: Say) -> None:
        self._settings, self._found, self._say = settings, found, say
        self._instances = dict(found.instances)
        self._hands: dict[str, str] = {}

    def __call__(self, command: Command) -> str:
        """Return the answer to one command."""
        words = command.words
        if words[0] == "gcloud":
            return self._gcloud(words)
        if PROCESSES in words:
            self._say("#   the numbers of processes below are examples, this command tells the real ones")
            return "\n".join(map(_process, EXAMPLES))
        if SIGNAL in words:
            return "sent 102"
        if any(f"={HANDS}," in word for word in words):
            return self._hands_of(words)
        return self._found.status if any("ha status" in word for word in words) else ""

    def _hands_of(self, words: tuple[str, ...]) -> str:
        """Name the pods by variables: what they are called is not known before they are there."""
        for number, node in enumerate([] if self._hands else self._instances, 1):
            self._hands[node] = f"$HANDS_{number}"
            only = (f"--field-selector=spec.nodeName={node}", "--output=name")
            self._say(Command((*words[:-1], *only), into=f"HANDS_{number}").line)
        return json.dumps({"items": [_hand(node, name) for node, name in self._hands.items()]})

    def _gcloud(self, words: tuple[str, ...]) -> str:
        changed = {"stop": {"state": "terminated"}, "start": {"state": "running"}}.get(words[3])
        if changed:
            self._instances[words[4]] = replace(self._instances[words[4]], **changed)
        elif words[2] == "instance-groups":
            self._instances = {name: replace(it, born="anew") for name, it in self._instances.items()}
        return json.dumps([_listed(name, it) for name, it in self._instances.items()])


def _listed(name: str, it: Instance) -> dict[str, object]:
    made = {"items": [{"key": "created-by", "value": f"instanceGroupManagers/{it.group}"}]}
    return {
        "name": name,
        "status": it.state.upper(),
        "zone": f"zones/{it.zone}",
        "metadata": made,
        "creationTimestamp": it.born,
    }


def _process(it: tuple[str, int, int, int, str]) -> str:
    comm, pid, container, parent, command = it
    return f"{pid} {container} {comm}) S {parent} {'0 ' * 17}{pid}000 0|{command}"


def _hand(node: str, name: str) -> dict[str, object]:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    return {"metadata": {"name": name}, "spec": {"nodeName": node}, "status": status}


def _target(settings: GkeSettings, found: Snapshot, say: Say) -> tuple[GkeTarget, Printer]:
    tool = Printer(say, Answers(settings, found, say))
    kube = PresumedKube(settings, found, tool.run)
    return GkeTarget(settings, cast(Kube, kube), tool), tool


def rehearse(settings: GkeSettings, experiment: Experiment, found: Snapshot, say: Say) -> None:
    """Tell everything that a run would do, in order. Raises ExperimentError and TargetError as the run would."""
    target, tool = _target(settings, found, say)
    check(target, experiment)
    say("# what is put into the cluster, and the ledger")
    with target:
        say(f"# the clients, on {target.clients_on}; before, their clock is compared with this machine's")
        say(pings(settings).line)
        plan = target.plan(RUN, experiment.workloads)
        tool.run(inside(settings, "start", stdin=plan.to_json()))
        say("# every other second: how many operations were acknowledged; pgpool's pods are told")
        tool.run(inside(settings, "sync", RUN, stdin=json.dumps(target.pools())))
        _played(target, settings, experiment.faults, say)
        say("# the end of the clients, and their history; then what every member holds of it")
        tool.run(inside(settings, "stop", RUN))
        list(target.present(RUN))
        say("# all of it is removed")


def _played(target: GkeTarget, settings: GkeSettings, steps: tuple[FaultStep, ...], say: Say) -> None:
    moments = [(step.after_s, 0, step) for step in steps]
    moments += [(step.after_s + step.hold_s, 1, step) for step in steps]
    made: dict[int, Fault] = {}
    for at, ends, step in sorted(moments, key=lambda moment: moment[:2]):
        if ends:
            say(f"# {at:g} s: {step.kind} on {step.on} is healed")
            made[id(step)].heal()
            continue
        say(f"# {at:g} s after the clients are steady: {step.kind} on {step.on}")
        fault = made[id(step)] = target.fault(step.kind, step.on)
        say(f"#   it hits {fault.on}")
        for member in fault.isolates:
            watch = ["python3", "-", f"--member={member}", f"--run={RUN}", "--seconds=1800"]
            say(f"{shlex.join(InPod(settings, member).run('chaos-recorder', watch))} < {_short(settings)}")
        fault.inject()


def _short(settings: GkeSettings) -> str:
    return str(settings.root / Path(recorder.__file__).relative_to(Path(__file__).parents[2]))


def rehearse_heal(settings: GkeSettings, found: Snapshot, say: Say) -> None:
    """Tell everything that a heal would do, in order. Raises TargetError."""
    _target(settings, found, say)[0].heal()
