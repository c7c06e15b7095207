"""Whose history a node's data is: rule 3's position and rule 12's divergence, both from recorded reigns.

The reigns are recorded before the first byte of an epoch can arrive (`follow`, `lead`), so that the epoch
of every flushed record is known even when the primary died before its epoch's row was in the WAL.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from ha.vote.epoch import NEVER, Epoch, Position, Seat
from ha.vote.record import Record, Reign

__all__ = ["ANYBODY", "Way", "common", "is_own_end", "opens_at_once", "position", "way_back"]


ANYBODY = (Reign(Epoch(0), -1),)
"""The reigns of data that nobody in particular wrote: its position is an LSN alone. Exists to be weakened."""


class Way(Enum):
    """How a node gets onto a primary's history."""

    STREAM = "its data is the beginning of that history"
    REWIND = "it has left that history on another timeline: pg_rewind, and a clone if that fails"
    CLONE = "pg_rewind would be deceived: a clone beside the data"


def position(record: Record, lsn: int) -> Position:
    """Where a node stands that has flushed up to `lsn`: the last reign that began below it."""
    epochs = [reign.epoch for reign in record.reigns if reign.after < lsn]
    return Position(epochs[-1] if epochs else NEVER, lsn)


def is_own_end(record: Record, seat: Seat) -> bool:
    """Whether the one that has just recorded that it leads wrote the end of its data itself, in an earlier reign.

    Nobody else need have that end. What a standby received is on the primary that wrote it, too.
    """
    wrote = position(record, record.reigns[-1].after).epoch
    return wrote == NEVER or wrote.owner(seat.members) == seat.ordinal


def opens_at_once(record: Record, seat: Seat, *, resuming: bool) -> bool:
    """Whether the one that has just recorded that it leads lets clients in before its standbys have confirmed.

    Not to what it wrote itself in an earlier reign: after its restart all of that can be read, and only standbys that
    confirm show that it stays (I6; rows were shown and lost). An operator who made it lead has been told so.
    """
    return record.is_forced or not (resuming or is_own_end(record, seat))


def common(mine: Sequence[Reign], theirs: Sequence[Reign]) -> int | None:
    """The LSN up to which both histories are one; None when neither has left the other."""
    for own, other in zip(mine, theirs, strict=False):
        if (own.epoch, own.after) != (other.epoch, other.after):
            return min(own.after, other.after)
    longer = max(mine, theirs, key=len)
    shorter = min(len(mine), len(theirs))
    return longer[shorter].after if len(longer) > shorter else None


def way_back(mine: Sequence[Reign], lsn: int, theirs: Sequence[Reign]) -> Way:
    """From data flushed up to `lsn` to the primary whose reigns are `theirs`."""
    fork = common(mine, theirs)
    if mine and (fork is None or lsn <= fork):
        return Way.STREAM
    own = [reign for reign in mine if reign.after < lsn]
    shared = {(reign.epoch, reign.after) for reign in theirs}
    numbers = {reign.timeline for reign in theirs}
    for reign in own:
        # pg_rewind knows numbers only: the same one for two epochs looks to it like one history.
        if (reign.epoch, reign.after) not in shared and reign.timeline in {0, *numbers}:
            return Way.CLONE
    return Way.REWIND if own else Way.CLONE
