"""How a node starts, decided from its own data and its peers' answers: never read-write on silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ha.node.facts import NodeStatus

__all__ = [
    "Bootstrap",
    "Clone",
    "LocalData",
    "Rewind",
    "Start",
    "StartPrimary",
    "Stream",
    "Wait",
    "decide_start",
]

ELECTION_GRACE_S = 15.0
"""How long a node that was primary stays down while its peers can elect without it. A refused connection is
what repmgrd detects: a former primary that is back as a standby too early only hides the loss. 15 s is more than
the slowest blackhole promotion measured (research §3.2, SAFE: 7.5 s) plus one election rerun (3 s + 2 s)."""


@dataclass(frozen=True)
class LocalData:
    """What the volume holds.

    damaged: a rewind was begun and did not end; fresh: made by initdb here and never yet copied by anybody,
    so that nothing in it can have been acknowledged by a standby; timeline: the newest it has WAL of.
    """

    present: bool
    was_primary: bool = False
    fresh: bool = False
    damaged: bool = False
    timeline: int = 0
    system_id: str | None = None


@dataclass(frozen=True)
class Wait:
    """Start nothing yet."""

    why: str


@dataclass(frozen=True)
class Bootstrap:
    """The very first start of the cluster: initdb here."""


@dataclass(frozen=True)
class StartPrimary:
    """Go on as the primary of a cluster that has no other copy yet."""


@dataclass(frozen=True)
class Clone:
    """Copy the primary's data; existing data is kept aside until the copy streams."""

    source: str
    why: str


@dataclass(frozen=True)
class Rewind:
    """Bring a former primary's data onto the history of `source`, then stream from it."""

    source: str


@dataclass(frozen=True)
class Stream:
    """Start as a standby; without upstream the node only replays what it has and tells its position."""

    upstream: str | None


Start = Wait | Bootstrap | StartPrimary | Clone | Rewind | Stream


def decide_start(
    local: LocalData,
    peers: Mapping[str, NodeStatus | None],
    ordinal: int,
    needed: int,
    waited_s: float,
) -> Start:
    """Decide once; asked again every tick while it says Wait.

    needed: members that must tell their position before anybody may lead; waited_s: since this node's
    PostgreSQL was found not running. A silent peer is None.
    """
    leader = _leader(peers, local)
    if not local.present:
        return _start_empty(leader, peers, ordinal)
    if leader:
        if _foreign(local, leader):
            return Wait(
                f"{leader.name} leads another cluster ({leader.system_id}), this volume is of {local.system_id}"
            )
        if local.damaged:
            return Clone(leader.name, "a rewind did not end")
        if local.was_primary and leader.timeline == local.timeline:
            return Clone(leader.name, "two primaries wrote one timeline, which pg_rewind cannot tell apart")
        return Rewind(leader.name) if local.was_primary else Stream(leader.name)
    if local.damaged:
        return Wait("a rewind did not end; waiting for a primary to clone from")
    if local.fresh and all(p is not None and p.role == "empty" for p in peers.values()):
        return StartPrimary()
    voters = sum(1 for p in peers.values() if p and p.role == "standby")
    if local.was_primary and voters >= needed and waited_s < ELECTION_GRACE_S:
        return Wait(f"{voters} standbys can elect a primary without this node")
    return Stream(None)


def _start_empty(leader: NodeStatus | None, peers: Mapping[str, NodeStatus | None], ordinal: int) -> Start:
    if leader:
        return Clone(leader.name, "this volume is empty")
    if any(p is None for p in peers.values()):
        silent = ", ".join(sorted(name for name, p in peers.items() if p is None))
        return Wait(f"this volume is empty and {silent} did not answer")
    if any(p and p.role != "empty" for p in peers.values()):
        return Wait("this volume is empty and no peer is primary yet")
    return Bootstrap() if ordinal == 0 else Wait("all volumes are empty; ordinal 0 makes the cluster")


def _leader(peers: Mapping[str, NodeStatus | None], local: LocalData) -> NodeStatus | None:
    """The primary to join: the newest timeline, and never one older than what this volume holds."""
    primaries = [p for p in peers.values() if p and p.role == "primary" and p.timeline >= local.timeline]
    return max(primaries, key=lambda p: p.position, default=None)


def _foreign(local: LocalData, leader: NodeStatus) -> bool:
    return None not in (local.system_id, leader.system_id) and local.system_id != leader.system_id
