"""How long a standby waits before it stands. Safety never depends on it: a needless candidate is refused.

What it costs to be early: the candidate lets go of its upstream for a moment, and for that moment the primary has one
confirming standby less. What it costs to be late is the clients' gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ha.node.facts import NodeStatus
from ha.node.watch import Sight, What
from ha.vote.epoch import Epoch, Seat

__all__ = ["Patience", "impatient", "in_vain", "mistaken"]

RANK_S = 1.0
"""Between two would-be candidates: longer than a candidacy takes to be asked and granted (0.1 to 0.4 s)."""
DEAD_S = 0.05
"""The primary's own agent says that its PostgreSQL is dead: there is nothing to wait for."""
GONE_S = 0.3
"""The connection has ended and nobody listens where its agent was: the agent is the first process of PostgreSQL's
container, so both have ended. One more look."""
CUT_S = 1.0
"""The connection has ended and its agent is silent: a few more looks, as a busy machine does that too."""
LEAVING_S = 6.0
"""A planned handoff asks the one it wants, and for as long as its agent says that it does, somebody else would only be
in the way: one wish (ha/node/handoff.py). When it fails or the agent ends, that is another sight. On a busy machine
3 s were over before the one that was asked had stood, and both won, one after the other (17 s without a primary)."""
NOBODY_S = 1.5
"""Nobody led when this node began to look: a cold start, in which the others are a moment behind."""


def in_vain(seat: Seat, followed: Epoch | None, peers: Mapping[str, NodeStatus | None]) -> bool:
    """Whether those who answer would not elect this node: too few, or one is assured of this primary or a newer.

    Standing would only let go of an upstream, or disturb a primary that this node has not heard of yet.
    """
    heard = [peer for peer in peers.values() if peer is not None]
    assured = [peer.assured for peer in heard if peer.assured is not None]
    return len(heard) + 1 < seat.needed or any(followed is None or epoch >= followed for epoch in assured)


def mistaken(sight: Sight, followed: Epoch | None) -> bool:
    """Whether repmgrd, which has no patience, misses a primary that is there, so that this node's own decides.

    It may still look at a former upstream: the only standby of a new primary stood six times against it, and each time
    let go of it first (a drain on a busy machine, 2.8 s more of gap). A primary just turned to is not seen at all yet.
    """
    there = sight.what in (What.WELL, What.ALONE, What.LEAVING, What.NOBODY)
    return followed is not None and there


@dataclass(frozen=True)
class Patience:
    """What a timing profile changes, in seconds.

    silent_s: no answer over a connection that still looks whole, as when the primary's node is cut off.
    alone_s: the primary answers and nobody confirms to it: both standbys may just have been restarted.
    """

    silent_s: float
    alone_s: float

    @classmethod
    def of(cls, profile: str) -> Patience:
        """The fast profile forgives the pauses of a machine under load, the safe one those of a cloud's network."""
        return cls(4.0, 10.0) if profile == "fast" else cls(6.0, 15.0)


def impatient(
    sight: Sight, *, streaming: bool, leaderless_s: float, rank: int, held_back_s: float, patience: Patience
) -> bool:
    """Whether to stand now.

    streaming: the connection to the primary stands, or has never stood in its epoch: then its end says nothing.
    leaderless_s: since this node last followed somebody or saw a primary it may follow. rank: how many members
    should stand before it. held_back_s: what is left of the back-off after the last candidacy.
    """
    if held_back_s > 0:
        return False
    match sight.what:
        case What.WELL:
            return False
        case What.DOWN:
            waited, needed = sight.unwell_s, DEAD_S
        case What.LEAVING:
            waited, needed = sight.unwell_s, LEAVING_S
        case What.GONE if not streaming:
            waited, needed = sight.unwell_s, GONE_S
        case What.SILENT if not streaming:
            waited, needed = sight.unwell_s, CUT_S
        case What.GONE | What.SILENT:
            waited, needed = sight.unwell_s, patience.silent_s
        case What.ALONE:
            waited, needed = sight.unwell_s, patience.alone_s
        case _:
            waited, needed = leaderless_s, NOBODY_S
    return waited >= needed + rank * RANK_S
