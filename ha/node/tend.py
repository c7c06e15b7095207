"""What a running node does next, decided every tick from its own facts and its peers' answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ha.failpoints import OFF, Failpoints
from ha.node.facts import NodeStatus
from ha.node.gate import is_first_choice, judge

__all__ = ["Action", "Demote", "Follow", "History", "Nothing", "Promote", "Resync", "decide", "has_diverged"]

RESYNC_AFTER_S = 5.0
"""A standby that knows its primary and cannot stream this long is checked for divergence: several
wal_retrieve_retry_intervals (1 s) and a walreceiver's connect_timeout (1 s)."""
STAND_AFTER_S = 6.0
"""repmgrd elects first; this is longer than its blackhole detection of the fast profile (5.7 s, research §3.2).
The agent stands after it because a cancelled repmgrd election is never tried again (research §0.2)."""
STAND_ALONE_AFTER_S = 2.0
"""When repmgrd does not run here (it cannot start without an upstream) there is nobody to wait for."""


@dataclass(frozen=True)
class History:
    """The parents of the primary's timeline: (timeline, LSN where it was left), oldest first."""

    switches: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Nothing:
    """Leave everything as it is."""


@dataclass(frozen=True)
class Demote:
    """Stop this primary at once: a newer one exists."""

    newer: str


@dataclass(frozen=True)
class Follow:
    """Receive from this primary from now on, or from nobody."""

    primary: str | None


@dataclass(frozen=True)
class Resync:
    """Stop, and bring the data onto the primary's history."""

    primary: str


@dataclass(frozen=True)
class Promote:
    """Stand, as no primary is there and repmgrd does not act."""

    why: str


Action = Nothing | Demote | Follow | Resync | Promote


def decide(
    me: NodeStatus,
    peers: Mapping[str, NodeStatus | None],
    ordinals: Mapping[str, int],
    sync_standbys: int,
    *,
    leaderless_s: float,
    not_streaming_s: float,
    repmgrd: bool,
    failpoints: Failpoints = OFF,
) -> Action:
    """One tick of a running node; durations are how long the condition has held without a break.

    leaderless_s: no member, this one included, says it is primary; repmgrd: it runs on this node.
    """
    primaries = [p for p in peers.values() if p and p.role == "primary"]
    leader = max(primaries, key=lambda p: p.position, default=None)
    if me.role == "primary":
        return Demote(leader.name) if leader and leader.timeline > me.timeline else Nothing()
    # A standby that is not consistent yet answers no question, and may need the primary's WAL to get there.
    if me.role not in ("standby", "starting"):
        return Nothing()
    if leader and leader.timeline >= me.timeline:
        if me.receiving_from != leader.name:
            return Follow(leader.name)
        if me.role == "standby" and not me.streaming and not_streaming_s >= RESYNC_AFTER_S:
            return Resync(leader.name)
        return Nothing()
    if leader:
        return Nothing()
    source = peers.get(me.receiving_from or "")
    if me.streaming and source and source.role == "standby":
        # Whoever receives may not lead and keeps others from it; a primary that came back as a standby is no reason.
        return Follow(None)
    if leaderless_s < (STAND_AFTER_S if repmgrd else STAND_ALONE_AFTER_S):
        return Nothing()
    verdict = judge(me, peers, sync_standbys, failpoints)
    if verdict.allowed and is_first_choice(me, peers.values(), ordinals):
        return Promote(verdict.why)
    return Nothing()


def has_diverged(me: NodeStatus, primary: NodeStatus, history: History) -> bool:
    """Whether this standby holds WAL that is not in the primary's history.

    On the primary's own timeline being ahead of it means a second primary wrote that timeline; on an older
    one, being past the point where the primary left it.
    """
    if me.timeline == primary.timeline:
        return me.lsn > primary.lsn
    left = dict(history.switches).get(me.timeline)
    return left is None or me.lsn > left
