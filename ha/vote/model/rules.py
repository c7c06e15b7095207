"""The decisions as the model calls them, each replaceable, so that a weakened one can be explored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ha.vote import allegiance, ballot, candidacy, course, life, lineage
from ha.vote.ballot import Answer, Bound, Facts, Refused, Request, Silent
from ha.vote.candidacy import Verdict, Word
from ha.vote.course import Move
from ha.vote.epoch import Epoch, Seat
from ha.vote.lineage import Way
from ha.vote.record import Lost, Memory, Record, Reign

__all__ = ["REAL", "Rules"]

Reigns = tuple[Reign, ...]
Unvoted = Callable[[Seat, Memory, Facts], Epoch | None]


@dataclass(frozen=True)
class Rules:
    """What decides.

    The last four exist only to be weakened. stored: the upstream that was followed last comes back with the
    next start of PostgreSQL. unbound: a walreceiver reconnects by itself to whatever runs at that address.
    start, heed: the epoch with which a node leads without a vote after a start, or when
    a stopped primary that found it to hold everything asks it to.
    """

    consider: Callable[[Seat, Memory, Facts, Request], Bound | Refused | Silent] = ballot.consider
    answer: Callable[[Memory, Facts, Epoch], Answer] = ballot.answer
    stand: Callable[[Seat, Memory, Facts, tuple[Epoch, ...]], Bound | Silent] = candidacy.stand
    count: Callable[[Seat, Memory, Facts, Mapping[int, Answer]], Verdict] = candidacy.count
    lead: Callable[[Memory, Facts, Epoch], Bound | Refused | Silent] = candidacy.lead
    close: Callable[[Record], Record] = candidacy.close
    says: Callable[[Memory, Epoch], Word] = candidacy.says
    release: Callable[[Record, Mapping[Epoch, Word]], Record] = allegiance.release
    follow: Callable[[Memory, Epoch, Reigns | None], Bound | str] = allegiance.follow
    restart: Callable[[Memory], Bound | Lost] = life.restart
    reborn: Callable[[Seat, Mapping[int, Memory]], Record | str] = life.reborn
    way_back: Callable[[Reigns, int, Reigns], Way] = lineage.way_back
    move: Callable[..., Move] = course.next_move
    stored: bool = False
    unbound: bool = False
    start: Unvoted | None = None
    heed: Unvoted | None = None


REAL = Rules()
