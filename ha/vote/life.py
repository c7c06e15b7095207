"""A node comes back: rule 13 for one that remembers, the end of rule 1 for one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ha.vote.ballot import Act, Bound
from ha.vote.epoch import NEVER, Epoch, Seat
from ha.vote.record import GENESIS, Lost, Memory, Record, Reign

__all__ = ["forgetful", "noted_timeline", "reborn", "restart"]


def restart(memory: Memory) -> Bound | Lost:
    """Rules 9, 11 and 13: an open candidacy is closed, and PostgreSQL starts without an upstream.

    Only a primary that has promised nothing higher than the epoch it led goes on in place; it may have died
    anywhere between its record and its epoch's row, so the row is written again.
    """
    if isinstance(memory, Lost):
        return memory
    record = memory.without_candidacy()
    if record.leading != NEVER and record.promise == record.leading:
        return Bound(record, (Act.RESUME, Act.WRITE_EPOCH, Act.SERVE_CONFIRMED))
    return Bound(record, (Act.START_STANDBY,))


def forgetful(record: Record) -> Record:
    """What a crash would leave of a record whose promises are not durable: a rule that exists to be weakened."""
    kept = record.without_candidacy()
    return replace(kept, promise=max(kept.floor, kept.leading, kept.closed), holds=frozenset())


def reborn(seat: Seat, peers: Mapping[int, Memory]) -> Record | str:
    """The record of a node that lost its own, to be written before its clone begins; or why not yet.

    What it had granted it does not know, but whoever asked for it does: so every other member must answer,
    and all their holds and candidacies become holds here. A member with neither record nor data counts as
    having answered while nobody ever stood: it is a founder, or what it stood with died with its record. Nor is
    anybody waited for while a primary leads because an operator said that the others are gone.
    """
    others = {ordinal for ordinal in range(seat.members) if ordinal != seat.ordinal}
    records = {o: memory for o, memory in peers.items() if o in others and isinstance(memory, Record)}
    founders = {o for o, memory in peers.items() if o in others and isinstance(memory, Lost) and memory.blank}
    told = set(records)
    if records and max(record.highest for record in records.values()) == GENESIS.leading:
        told |= founders
    if any(record.is_forced for record in records.values()):
        told |= others
    if missing := sorted(others - told):
        names = " and ".join(f"ordinal {ordinal}" for ordinal in missing)
        return f"its record is lost, and {names} did not tell theirs; `ha unlock` on one with data goes on without"
    holds = frozenset[Epoch]().union(*(record.holds for record in records.values()))
    floor = max(max(record.floor, record.leading) for record in records.values())
    own = {epoch for epoch in holds if epoch.owner(seat.members) == seat.ordinal}
    # Its lost candidacies end here, unless one of them may have been led: then somebody may have followed it.
    closed = max(own, default=NEVER) if all(epoch > floor for epoch in own) else NEVER
    return Record(
        promise=max(record.highest for record in records.values()),
        floor=floor,
        holds=holds - own if closed != NEVER else holds,
        closed=closed,
    )


def noted_timeline(record: Record, timeline: int) -> Record:
    """After the promotion: the number PostgreSQL gave to the reign of this node, for rule 12."""
    *older, last = record.reigns
    return replace(record, reigns=(*older, Reign(last.epoch, last.after, timeline)))
