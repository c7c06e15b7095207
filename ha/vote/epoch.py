"""Epochs, seats and positions: the three things that votes compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["NEVER", "Epoch", "Position", "Seat"]


@dataclass(frozen=True)
class Seat:
    """A node's place among the members: N, k and its ordinal, from the settings (never repmgr.nodes)."""

    ordinal: int
    members: int
    sync_standbys: int

    @property
    def needed(self) -> int:
        """Grants a winner needs (rule 7): with so many, some holder of every acknowledged write is among them."""
        return max(self.members - self.sync_standbys, self.members // 2 + 1)


class Epoch(int):
    """The number of a candidacy, counter x N + ordinal (rule 2): no two nodes can ever take the same one."""

    __slots__ = ()

    def owner(self, members: int) -> int:
        """Ordinal of the one node that may stand or lead with it."""
        return self % members

    @classmethod
    def above(cls, known: Iterable[int], seat: Seat) -> Epoch:
        """The lowest epoch of this seat that is higher than all the known ones."""
        highest = max(known, default=-1)
        counter = (highest - seat.ordinal) // seat.members + 1
        return cls(max(counter, 0) * seat.members + seat.ordinal)


NEVER = Epoch(-1)
"""Lower than every epoch. Epoch 0 is that of the initdb on ordinal 0, the only one without a vote."""


class Position(NamedTuple):
    """How much history a node holds (rule 3), ordered.

    The epoch of the primary that wrote its last flushed record, then the flushed LSN. Never the timeline:
    two winners from one parent both create the same number.
    """

    epoch: Epoch
    lsn: int

    def __str__(self) -> str:
        return f"{self.epoch}@{self.lsn >> 32:X}/{self.lsn & 0xFFFFFFFF:X}"
