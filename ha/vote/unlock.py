"""The operator's way out when too few members are left to elect a primary: whether it is one, decided from facts.

An ordinary winner has so many votes that some voter holds every acknowledged write. With fewer, what only the others
hold is lost, and only a person can know that they will not come back. Everything else is as in any vote: whoever is
reached grants, is bound, and must not be ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ha.vote.course import Peer
from ha.vote.epoch import Seat
from ha.vote.record import Lost, Record

__all__ = ["Unlock", "all_back", "may_unlock"]


@dataclass(frozen=True)
class Unlock:
    """A promotion with all the votes there are. Both hold ordinals, in order."""

    voters: tuple[int, ...]
    """This node included."""
    absent: tuple[int, ...]
    """Members that were not reached, or cannot vote: what only they hold is lost."""


def may_unlock(seat: Seat, me: Peer, peers: Sequence[Peer]) -> Unlock | str:
    """Whether to promote this node with too few votes; else one sentence. peers: the others that answered."""
    if leads := [peer for peer in (me, *peers) if peer.leads is not None]:
        return f"ordinal {leads[0].ordinal} leads epoch {leads[0].leads}, so there is nothing to unlock"
    if isinstance(me.memory, Lost) or not me.whole:
        why = me.memory.why if isinstance(me.memory, Lost) else "a clone or rewind is unfinished"
        return f"this node cannot lead: {why}; choose another"
    voters = [peer for peer in (me, *peers) if peer.whole and isinstance(peer.memory, Record)]
    if len(voters) >= seat.needed:
        return (
            f"{len(voters)} of {seat.members} members can vote and {seat.needed} are needed: they elect a "
            "primary by themselves, and lose nothing; see `ha status`"
        )
    if unknown := sorted(peer.ordinal for peer in voters if not peer.replayed):
        who = "this node" if unknown[0] == seat.ordinal else f"ordinal {unknown[0]}"
        return f"{who} still replays its WAL, or its PostgreSQL does not run, so nobody knows what it holds"
    best = max(voters, key=lambda peer: peer.position)
    if best.position > me.position:
        return f"ordinal {best.ordinal} holds more ({best.position} against {me.position}); choose that one"
    ordinals = {peer.ordinal for peer in voters}
    return Unlock(tuple(sorted(ordinals)), tuple(sorted(set(range(seat.members)) - ordinals)))


def all_back(seat: Seat, peers: Sequence[Peer]) -> bool:
    """Whether every other member has a record again: from now on none comes in without asking the rest."""
    return sum(isinstance(peer.memory, Record) for peer in peers) == seat.members - 1
