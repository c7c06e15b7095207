"""Every kind of fault by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chaos.faults import processes
from chaos.faults.control import ApiServerStopped, DnsStopped
from chaos.faults.drain import NodeDrained
from chaos.faults.hands import Hands
from chaos.faults.links import LinkFault, Way, between_members, between_nodes, between_servers, losing
from chaos.faults.nodes import CpuHog, NodeCut, NodeKilled, NodePaused
from chaos.faults.pods import PodDeleted, PodLost, a_todo_pod
from chaos.faults.process import SignalFault
from chaos.faults.processes import Process
from chaos.faults.rules import Rule, deafened, muted
from chaos.targets.base import Fault

__all__ = ["AIMS", "KINDS", "Aim", "FaultKind"]

Aim = Literal["member", "node", "pool", "link", "cluster"]
AIMS: tuple[Aim, ...] = ("member", "node", "pool", "link", "cluster")
Build = Callable[[Hands, str], Fault]
Choose = Callable[[Sequence[Process]], Sequence[Process]]


@dataclass(frozen=True)
class FaultKind:
    """What can be done, and to what."""

    name: str
    summary: str
    aims_at: Aim
    """What `build` is given: a pod `postgres-1`, a node, a pgpool pod, a link `postgres-0>postgres-1`, `cluster`."""
    heals_itself: bool
    """Nothing stays broken by us once it is injected, so it need not be held."""
    build: Build


def _signal(
    name: str, summary: str, aims_at: Aim, choose: Choose, signal: Literal["KILL", "STOP"]
) -> FaultKind:
    def build(hands: Hands, on: str) -> Fault:
        return SignalFault(hands, name, on, choose, signal)

    return FaultKind(name, summary, aims_at, signal == "KILL", build)


def _cut(name: str, summary: str, rules: Sequence[Rule]) -> FaultKind:
    return FaultKind(name, summary, "node", False, lambda hands, on: NodeCut(hands, name, on, rules))


def _link(name: str, summary: str, rules: Callable[[Hands, Way], list[Rule]]) -> FaultKind:
    return FaultKind(name, summary, "link", False, lambda hands, on: LinkFault(hands, name, on, rules))


def _made_by(
    make: Callable[[Hands, str, str], Fault],
    name: str,
    summary: str,
    aims_at: Aim,
    heals_itself: bool = False,
) -> FaultKind:
    return FaultKind(name, summary, aims_at, heals_itself, lambda hands, on: make(hands, name, on))


def _todo_pod_lost(hands: Hands, name: str, on: str) -> Fault:
    return PodLost(hands, name, a_todo_pod(hands) if on == "cluster" else on)


_ALL = (
    _signal(
        "postmaster-killed",
        "SIGKILL of the postmaster; the container stays",
        "member",
        processes.postmaster,
        "KILL",
    ),
    _signal(
        "postmaster-paused",
        "the postmaster hangs, its backends go on",
        "member",
        processes.postmaster,
        "STOP",
    ),
    _signal("postgres-paused", "all PostgreSQL processes hang", "member", processes.postgres_all, "STOP"),
    _signal("backend-killed", "SIGKILL of one client's backend", "member", processes.backend, "KILL"),
    _signal("backend-paused", "one client's backend hangs", "member", processes.backend, "STOP"),
    _signal("repmgrd-killed", "SIGKILL of repmgrd", "member", processes.repmgrd, "KILL"),
    _signal("repmgrd-paused", "repmgrd hangs", "member", processes.repmgrd, "STOP"),
    _signal(
        "agent-killed", "SIGKILL of the node agent, so its container ends", "member", processes.agent, "KILL"
    ),
    _signal("agent-paused", "the node agent hangs, PostgreSQL goes on", "member", processes.agent, "STOP"),
    _signal("pgpool-killed", "SIGKILL of pgpool's main process", "pool", processes.pgpool, "KILL"),
    _signal("pgpool-paused", "all of a pod's pgpool processes hang", "pool", processes.pgpool_all, "STOP"),
    _signal(
        "pool-agent-killed",
        "SIGKILL of the pool agent, so its container ends",
        "pool",
        processes.agent,
        "KILL",
    ),
    _signal("pool-agent-paused", "the pool agent hangs, pgpool goes on", "pool", processes.agent, "STOP"),
    _made_by(PodLost, "pod-lost", "the pod is deleted without grace and killed at once", "member", True),
    _made_by(PodDeleted, "pod-deleted", "the pod is deleted with its grace period", "member", True),
    _made_by(
        PodLost, "pgpool-pod-lost", "a pgpool pod is deleted without grace and killed at once", "pool", True
    ),
    _made_by(
        _todo_pod_lost, "todo-pod-lost", "a pod of the application is lost in the same way", "cluster", True
    ),
    _made_by(NodeKilled, "node-killed", "everything on the node ends at once", "node"),
    _made_by(NodePaused, "node-paused", "everything on the node freezes, and later goes on", "node"),
    _cut("node-cut", "the node hears nobody and nobody hears it", [*deafened(), *muted()]),
    _cut("node-deaf", "the node hears nobody, but is heard", deafened()),
    _cut("node-mute", "nobody hears the node, but it hears", muted()),
    _made_by(NodeDrained, "node-drained", "cordoned and emptied by evictions", "node"),
    _made_by(CpuHog, "cpu-hog", "busy loops on every core", "node"),
    _link("link-cut", "the nodes of two members are parted, one way (a>b) or both (a<>b)", between_nodes),
    _link("link-lossy", "30 % of the packets between the nodes of two members are lost", losing),
    _link(
        "members-cut", "two members are parted, but nobody from the clients, pgpool and DNS", between_members
    ),
    _link(
        "replication-cut",
        "two members' PostgreSQL servers are parted, but their agents hear each other",
        between_servers,
    ),
    _made_by(ApiServerStopped, "api-server-stopped", "the static pod of the API server is gone", "cluster"),
    _made_by(DnsStopped, "dns-stopped", "packets to port 53 vanish on every node", "cluster"),
)
KINDS: Mapping[str, FaultKind] = {kind.name: kind for kind in _ALL}
