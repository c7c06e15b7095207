"""Whom a node may receive from: rules 10 and 11."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ha.vote.ballot import Act, Bound
from ha.vote.candidacy import Word
from ha.vote.epoch import Epoch
from ha.vote.record import Lost, Memory, Record, Reign

__all__ = ["adopt", "follow", "release", "why_not_follow"]


def release(record: Record, words: Mapping[Epoch, Word]) -> Record:
    """Rule 10: end those holds whose owner called them closed, and no others."""
    done = {epoch for epoch, word in words.items() if word is Word.CLOSED}
    return replace(record, holds=record.holds - done)


def why_not_follow(memory: Memory, epoch: Epoch) -> str | None:
    """Rule 11: what forbids to receive from the primary of `epoch`; None when nothing does."""
    if isinstance(memory, Lost):
        return memory.why
    if epoch < memory.floor:
        return f"it has led or followed {memory.floor}, which is newer than {epoch}"
    if higher := [hold for hold in memory.holds if hold > epoch]:
        return f"it is bound to {max(higher)}, which may still be led, and {epoch} is older"
    if epoch == memory.leading:
        return f"it led {epoch} itself"
    return None


def follow(memory: Memory, epoch: Epoch, reigns: tuple[Reign, ...] | None) -> Bound | str:
    """Bind this node to the primary of `epoch` and everything newer, then connect; or why not.

    reigns: that primary's, when the data here is the beginning of its history (Way.STREAM); None when a
    rewind or clone comes first, after which `adopt` records them. An own lower candidacy is given up.
    """
    why = why_not_follow(memory, epoch)
    if why is not None or isinstance(memory, Lost):
        return why or ""
    record = replace(
        memory.without_candidacy(), floor=epoch, promise=max(memory.promise, epoch), holds=frozenset()
    )
    return Bound(record if reigns is None else adopt(record, reigns), (Act.CONNECT,))


def adopt(record: Record, reigns: tuple[Reign, ...]) -> Record:
    """The data is now the beginning of this history: nothing of another one is left in it."""
    return replace(record, reigns=reigns)
