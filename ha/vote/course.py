"""What a node does next of its own accord: rules 14 and 15. Asked at every tick; the acts are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ha.vote.allegiance import why_not_follow
from ha.vote.ballot import Facts
from ha.vote.candidacy import Word, says
from ha.vote.epoch import NEVER, Epoch, Position, Seat
from ha.vote.life import reborn
from ha.vote.record import Lost, Memory, Record

__all__ = [
    "Begin",
    "Follow",
    "Move",
    "Peer",
    "Release",
    "Stand",
    "Stay",
    "StepDown",
    "heir",
    "may_heed",
    "next_move",
    "rank",
]

NOWHERE = Position(NEVER, 0)


@dataclass(frozen=True)
class Peer:
    """Another member as it described itself a moment ago; those that are silent are not in the list.

    leads: the epoch whose row it has written and as whose primary it runs now. whole, replayed: as in Facts.
    receiving: it had an upstream when it told its position, and may hold more by now.
    """

    ordinal: int
    memory: Memory
    leads: Epoch | None = None
    position: Position = NOWHERE
    whole: bool = True
    replayed: bool = True
    receiving: bool = False


@dataclass(frozen=True)
class Stay:
    """Nothing to do."""

    why: str


@dataclass(frozen=True)
class StepDown:
    """Stop this primary at once; it starts again as a standby without upstream and votes."""

    why: str


@dataclass(frozen=True)
class Release:
    """These holds have ended: `release` the record."""

    words: tuple[tuple[Epoch, Word], ...]


@dataclass(frozen=True)
class Follow:
    """Receive from this member from now on: `follow`."""

    ordinal: int
    epoch: Epoch


@dataclass(frozen=True)
class Stand:
    """Try to become primary: `stand`."""

    why: str


@dataclass(frozen=True)
class Begin:
    """Write this record in place of the lost one, then clone from that member."""

    record: Record
    ordinal: int


Move = Stay | StepDown | Release | Follow | Stand | Begin


def next_move(seat: Seat, memory: Memory, facts: Facts, peers: Sequence[Peer], *, impatient: bool) -> Move:
    """One tick. impatient: this node has followed nobody for longer than its (random) back-off."""
    leader = max((p for p in peers if p.leads is not None), key=_led, default=None)
    if isinstance(memory, Lost):
        return _begin(seat, memory, peers, leader)
    if facts.primary:
        return _primary(seat, memory, facts, peers)
    if words := _closed(seat, memory, peers):
        return Release(words)
    why = "no member says that it is primary"
    if leader is not None:
        forbidden = why_not_follow(memory, _led(leader))
        if forbidden is None:
            followed = facts.following == leader.leads
            return Stay(f"it follows {leader.leads}") if followed else Follow(leader.ordinal, _led(leader))
        why = forbidden
    if memory.asking is not None:
        return Stay(f"it stands with {memory.asking}")
    if not impatient or not facts.whole:
        return Stay(why if facts.whole else "a clone or rewind is unfinished")
    return Stand(why)


def _led(peer: Peer) -> Epoch:
    return NEVER if peer.leads is None else peer.leads


def _primary(seat: Seat, record: Record, facts: Facts, peers: Sequence[Peer]) -> Move:
    if record.promise != record.leading:
        return StepDown(f"it has promised {record.promise}, which is above its {record.leading}")
    known = [p.memory for p in peers if isinstance(p.memory, Record)]
    newest = max((max(r.leading, r.floor) for r in known), default=NEVER)
    if newest > record.leading:
        return StepDown(f"a member has led or followed {newest}, which is newer than its {record.leading}")
    held = max((hold for r in known for hold in r.holds), default=NEVER)
    if held > record.leading and facts.confirming < seat.sync_standbys:
        return StepDown(f"{facts.confirming} standbys confirm, and a member is bound to {held}")
    return Stay("it is primary")


def _closed(seat: Seat, record: Record, peers: Sequence[Peer]) -> tuple[tuple[Epoch, Word], ...]:
    """The holds whose owners call them closed (rule 10), read from their records as polled."""
    owners = {peer.ordinal: peer.memory for peer in peers}
    words = [
        (hold, says(owners[hold.owner(seat.members)], hold))
        for hold in sorted(record.holds)
        if hold.owner(seat.members) in owners
    ]
    return tuple((hold, word) for hold, word in words if word is Word.CLOSED)


def _begin(seat: Seat, memory: Lost, peers: Sequence[Peer], leader: Peer | None) -> Move:
    if leader is None:
        return Stay(f"{memory.why}; no primary to clone from yet")
    record = reborn(seat, {peer.ordinal: peer.memory for peer in peers})
    if isinstance(record, str):
        return Stay(record)
    why = why_not_follow(record, _led(leader))
    return Stay(why) if why else Begin(record, leader.ordinal)


def rank(seat: Seat, position: Position, peers: Sequence[Peer]) -> int:
    """How many members should stand before this one: those ahead, and equals of a lower ordinal.

    For the back-off only, so that the likely winner asks first; safety never depends on it. One that was receiving may
    hold as much as this node by now: when the last records came, each of two took itself for the one ahead.
    """
    able = [p for p in peers if p.whole and (p.replayed or p.receiving) and isinstance(p.memory, Record)]
    likely = [max(p.position, position) if p.receiving else p.position for p in able]
    return sum((where, -p.ordinal) > (position, -seat.ordinal) for p, where in zip(able, likely, strict=True))


def heir(position: Position, peers: Sequence[Peer], wanted: int | None = None) -> int | None:
    """Rule 14: whom a primary that has stopped fast asks to stand; it holds the shutdown checkpoint.

    position: of the stopped primary, shutdown checkpoint included. None when nobody, or not `wanted`, holds it.
    """
    able = [p.ordinal for p in peers if p.whole and p.position == position and isinstance(p.memory, Record)]
    return min((o for o in able if wanted is None or o == wanted), default=None)


def may_heed(memory: Memory, handoff: Epoch) -> bool:
    """Whether to stand because the stopped primary of `handoff` asks: an old request must find nobody.

    The stand itself is an ordinary one; this only keeps a delayed wish from disturbing a newer primary.
    """
    return isinstance(memory, Record) and memory.floor == handoff
