"""Leaving a candidate alone for a while: two that stand at once only undo each other's votes.

For liveness and speed only. Nothing is safer for it, and a candidate that dies costs no more than the time below.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from ha.node.facts import NodeStatus
from ha.vote.epoch import NEVER, Epoch
from ha.vote.record import Memory, Record

__all__ = ["COURTESY_S", "Courtesy", "candidacies"]

COURTESY_S = 6.0
"""A campaign (2 to 4 s), and a promotion on a busy machine."""


def candidacies(memory: Memory, peers: Mapping[str, NodeStatus | None]) -> frozenset[Epoch]:
    """The epochs of others that may be led any moment: what this node is bound to, and what peers stand with."""
    if not isinstance(memory, Record):
        return frozenset()
    standing = {
        peer.memory.asking
        for peer in peers.values()
        if peer is not None and isinstance(peer.memory, Record) and peer.memory.asking is not None
    }
    return frozenset((memory.holds | standing) - {memory.asking or NEVER})


class Courtesy:
    """When each open candidacy of others was first seen."""

    def __init__(self) -> None:
        self._since: dict[Epoch, float] = {}

    def left_s(self, memory: Memory, peers: Mapping[str, NodeStatus | None]) -> float:
        """Seconds for which this node should not stand."""
        now = time.monotonic()
        self._since = {epoch: self._since.get(epoch, now) for epoch in candidacies(memory, peers)}
        return max((at + COURTESY_S - now for at in self._since.values()), default=0.0)
