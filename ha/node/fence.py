"""When a primary that nobody hears ends itself. I0 and I1 hold without it (the vote does that).

It bounds how long a deposed node still answers reads: 5 s after the cut (design.md).
"""

from __future__ import annotations

from ha.vote.epoch import Seat

__all__ = ["FENCE_AFTER_S", "is_isolated", "should_fence"]

FENCE_AFTER_S = 2.0
"""Added to what it takes to notice: 1 s until confirmations are old, 1 s until a silent peer has timed out."""


def is_isolated(seat: Seat, confirming: int, heard: int) -> bool:
    """No k standbys confirm, and fewer agents answer than a majority: the others may have elected somebody.

    heard: other members whose agents answered this round. Standbys that only restart still have their agents.
    """
    return confirming < seat.sync_standbys and heard + 1 < seat.members // 2 + 1


def should_fence(isolated_s: float) -> bool:
    """isolated_s: for how long without a break."""
    return isolated_s >= FENCE_AFTER_S
