"""Leaving a candidate alone for a while: two that stand at once only undo each other's votes.

For liveness and speed only. Nothing is safer for it, and a candidate that dies costs no more than the time below.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ha.node.facts import NodeStatus
from ha.vote.epoch import NEVER, Epoch
from ha.vote.record import Memory, Record

__all__ = ["COURTESY_S", "PROMOTING_S", "Courtesy", "candidacies", "is_being_promoted"]

COURTESY_S = 6.0
"""A campaign (2 to 4 s), and a promotion."""
PROMOTING_S = 20.0
"""For one whose own agent says that it has won: on a busy machine its promotion took 6 s, and whoever stood then made
it step down again (a drain with 44 s without a primary)."""


def is_being_promoted(peer: NodeStatus | None) -> bool:
    """Whether it has won, runs, and has promised nothing newer: it says that it leads any moment."""
    if peer is None or not isinstance(peer.memory, Record):
        return False
    runs = peer.role in ("standby", "primary")
    return runs and peer.leads is None and peer.memory.promise == peer.memory.leading != NEVER


def candidacies(memory: Memory, peers: Mapping[str, NodeStatus | None]) -> frozenset[Epoch]:
    """The epochs of others that may be led any moment.

    What this node is bound to, what peers stand with, and what one of them has won, whoever voted for it.
    """
    if not isinstance(memory, Record):
        return frozenset()
    standing = {
        peer.memory.asking
        for peer in peers.values()
        if peer is not None and isinstance(peer.memory, Record) and peer.memory.asking is not None
    }
    won = {
        peer.memory.leading
        for peer in peers.values()
        if peer is not None and is_being_promoted(peer) and isinstance(peer.memory, Record)
    }
    newer = {epoch for epoch in won if epoch > memory.floor}
    return frozenset((memory.holds | standing | newer) - {memory.asking or NEVER})


class Courtesy:
    """When each open candidacy of others was first seen."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[Epoch, float] = {}

    def left_s(self, memory: Memory, peers: Mapping[str, NodeStatus | None]) -> float:
        """Seconds for which this node should not stand."""
        now = self._clock()
        self._since = {epoch: self._since.get(epoch, now) for epoch in candidacies(memory, peers)}
        won = {p.memory.leading for p in peers.values() if p is not None and isinstance(p.memory, Record)}
        return max(
            (at + (PROMOTING_S if e in won else COURTESY_S) - now for e, at in self._since.items()),
            default=0.0,
        )
