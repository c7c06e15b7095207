"""Why the platform is not healthy: pure judgement of what the servers, the pools and Kubernetes say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chaos.events import PoolView

__all__ = [
    "CONTROLLERS",
    "WORKLOADS",
    "Server",
    "judge_controllers",
    "judge_pools",
    "judge_servers",
    "judge_workloads",
]

WORKLOADS = (("statefulset", "postgres"), ("deployment", "pgpool"), ("deployment", "todo"))
CONTROLLERS = ("kube-controller-manager", "kube-scheduler")
"""The names of their Leases. They end when they cannot renew them, and were seen to come back 37 s after the API
server; until then no budget, endpoint or pod is kept up to date, and it is no time for the next fault."""
RENEWED_S = 6.0
"""They renew every 2 s (Kubernetes: leaderElection.retryPeriod)."""
ATTACHED = ("up", "waiting")
"""pgpool sends sessions to both; `waiting` is `up` before the first one."""


@dataclass(frozen=True)
class Server:
    """A member's own account by SQL; `error` when it gave none."""

    name: str
    role: str = "silent"
    """`primary`, `standby`, or `silent`."""
    timeline: int = 0
    streaming: int = 0
    """Of a primary: standbys that stream from it. Of a standby: 1 when its receiver streams."""
    error: str = ""


def judge_servers(servers: Sequence[Server]) -> list[str]:
    """One primary, all others stream from it on its timeline; else one sentence for each that does not."""
    why = [
        f"{server.name} does not answer SQL: {server.error}." for server in servers if server.role == "silent"
    ]
    primaries = [server for server in servers if server.role == "primary"]
    if len(primaries) != 1:
        names = " and ".join(server.name for server in primaries) or "nobody"
        return [*why, f"There must be one primary, and it is {names}."]
    primary, standbys = primaries[0], len(servers) - 1
    if primary.streaming != standbys:
        why.append(f"{primary.streaming} standbys stream from {primary.name}, there must be {standbys}.")
    for server in servers:
        if server.role == "standby" and not server.streaming:
            why.append(f"{server.name} is a standby that receives nothing.")
        elif server.role == "standby" and server.timeline != primary.timeline:
            why.append(
                f"{server.name} is on timeline {server.timeline}, {primary.name} on {primary.timeline}."
            )
    return why


def judge_pools(views: Sequence[PoolView], servers: Sequence[Server], wanted: int) -> list[str]:
    """Every pool has every member up and takes the primary for it; else one sentence for each that does not."""
    why = [] if len(views) == wanted else [f"There are {len(views)} pgpool pods, there must be {wanted}."]
    primary = next((server.name for server in servers if server.role == "primary"), None)
    for view in views:
        if view.error:
            why.append(f"{view.pod} does not tell what it sees: {view.error}.")
            continue
        off = [s.name for s in servers if view.status.get(s.name) not in ATTACHED]
        if off:
            seen = ", ".join(f"{name} {view.status.get(name, 'unknown')}" for name in off)
            why.append(f"{view.pod} does not use all members: {seen}.")
        writes = [
            name for name, role in view.roles.items() if role == "primary" and view.status[name] in ATTACHED
        ]
        if primary and writes != [primary]:
            why.append(
                f"{view.pod} sends writes to {' and '.join(writes) or 'nobody'}, the primary is {primary}."
            )
    return why


def judge_workloads(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """All pods that are wanted are there, ready and of the newest template; else one sentence for each workload."""
    why = []
    for name, count in counts.items():
        seen = {key: count[key] for key in ("replicas", "ready", "updated")}
        if set(seen.values()) != {count["wanted"]}:
            listed = ", ".join(f"{number} {key}" for key, number in seen.items())
            why.append(f"{name} has {listed}; {count['wanted']} are wanted.")
    return why


def judge_controllers(silent_s: Mapping[str, float]) -> list[str]:
    """Kubernetes' own controllers work; else one sentence for each that has not renewed its Lease for so long."""
    return [
        f"{name} has led nothing for {silent:.0f} s: it has not renewed its lease."
        for name, silent in silent_s.items()
        if silent > RENEWED_S
    ]
