"""One node of the model: what is on its disk, in its memory, and under way from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ha.vote.epoch import NEVER, Epoch, Position
from ha.vote.record import GENESIS, Memory, Record

__all__ = ["NOBODY", "Log", "Node", "Nodes", "born"]

Log = tuple[int, ...]
"""Who wrote each flushed record: an epoch, or ~epoch for an end-of-recovery record (its row comes next)."""
NOBODY = -1


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """memory, log and whole are on disk; primary and upstream (an epoch) die with the process.

    sent: votes told to candidacies that are open still. flushed: per epoch, how far this node ever confirmed
    to its primary. Both are messages under way, which no crash calls back. Equal nodes are one object.
    """

    memory: Memory
    log: Log
    primary: bool = False
    upstream: int = NOBODY
    whole: bool = True
    sent: tuple[tuple[int, Position], ...] = ()
    flushed: tuple[tuple[int, int], ...] = ()

    # Worked out once, as every node is kept once and looked at very often.
    leads: int = field(init=False)
    asks: int = field(init=False)
    holds: tuple[Epoch, ...] = field(init=False)
    plain: bool = field(init=False)
    number: int = field(init=False)
    stream: int = field(init=False)

    def __post_init__(self) -> None:
        """leads, asks: an epoch or NOBODY. plain: `Steps.forget` would find nothing."""
        record = self.memory if isinstance(self.memory, Record) else Record()
        tidy = record.closed == NEVER and (record.leading == NEVER or record.promise == record.leading)
        for name, value in {
            "leads": record.leading if self.primary else NOBODY,
            "asks": NOBODY if record.asking is None else record.asking,
            "holds": tuple(sorted(record.holds)),
            "plain": tidy and not self.sent and not self.flushed and self.upstream == NOBODY,
        }.items():
            object.__setattr__(self, name, value)


class Nodes:
    """Every node that was ever reached, once: equal ones become the same object, quick to hash and compare."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], Node] = {}
        self._streams: dict[tuple[Any, ...], int] = {}

    def keep(self, node: Node) -> Node:
        """The one object for all nodes that are equal to this; `stream` numbers what acknowledgements depend on."""
        key = (node.memory, node.log, node.primary, node.upstream, node.whole, node.sent, node.flushed)
        kept = self._kept.setdefault(key, node)
        if kept is node:
            floor = node.memory.floor if isinstance(node.memory, Record) else NEVER
            stream = (node.leads, node.whole, node.upstream, node.flushed, floor, node.log)
            object.__setattr__(node, "number", len(self._kept))
            object.__setattr__(node, "stream", self._streams.setdefault(stream, len(self._streams)))
        return kept


def born(ordinal: int) -> Node:
    """A healthy cluster in its first epoch: ordinal 0 leads, the others stream from it."""
    follower = Record(promise=Epoch(0), floor=Epoch(0), reigns=GENESIS.reigns)
    if ordinal == 0:
        return Node(GENESIS, (0,), primary=True)
    return Node(follower, (0,), upstream=0)
