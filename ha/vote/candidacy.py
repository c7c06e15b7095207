"""A node stands: rules 2, 7, 8 and 9. One candidacy is one epoch, and ends as led or as closed for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from ha.vote.ballot import Act, Answer, Bound, Facts, Granted, Refused, Silent, answer
from ha.vote.epoch import NEVER, Epoch, Seat
from ha.vote.record import Lost, Memory, Record, Reign

__all__ = [
    "ASK_FOR_S",
    "WAIT_FOR_S",
    "YIELD_AFTER_S",
    "Next",
    "Verdict",
    "Word",
    "close",
    "count",
    "lead",
    "next_try",
    "promised_since",
    "says",
    "stand",
]

ASK_FOR_S = 2.0
"""How long a refused candidate asks again with new epochs (rule 6): longer than an assurance lives (1 s)."""
WAIT_FOR_S = 4.0
"""How long one that nobody refused waits for votes: a former primary starts as a standby before it can tell."""

YIELD_AFTER_S = 1.5
"""How long one that a voter is ahead of waits for those that answer "not yet": they detach in less than 1 s."""


def stand(seat: Seat, memory: Memory, facts: Facts, seen: Iterable[Epoch] = ()) -> Bound | Silent:
    """Take a new epoch above everything known here or `seen` at the peers, and bind this node to it (7)."""
    if isinstance(memory, Lost):
        return Silent(memory.why)
    if facts.primary or not facts.whole:
        return Silent("it is primary" if facts.primary else "a clone or rewind is unfinished")
    epoch = Epoch.above((memory.highest, *seen), seat)
    kept = memory.without_candidacy()
    record = replace(kept, promise=epoch, asking=epoch, holds=kept.holds | {epoch})
    return Bound(record, (Act.DETACH, Act.ASK))


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate may lead.

    lost: waiting for more answers cannot help. ended: this node has promised somebody else meanwhile.
    behind: a voter has more, so that its vote does not count, and it might stand itself.
    """

    allowed: bool
    why: str
    lost: bool = False
    ended: bool = False
    behind: bool = False


def count(
    seat: Seat, memory: Memory, facts: Facts, answers: Mapping[int, Answer], forced: int | None = None
) -> Verdict:
    """Rule 7 over the other members' answers to this node's candidacy, keyed by ordinal.

    Who is ahead does not count, and does no harm either where the others are enough: the argument needs N-k nodes that
    the winner is not behind. So a primary that was cut off, and holds what nobody confirmed, stands in nobody's way.
    forced: so many votes are enough, this node's included, because an operator said so.
    """
    epoch = memory.asking if isinstance(memory, Record) else None
    if epoch is None:
        return Verdict(False, "this node has no candidacy", lost=True, ended=True)
    own = answer(memory, facts, epoch)
    if not isinstance(own, Granted):
        return Verdict(False, f"its own vote: {own.why}", lost=isinstance(own, Refused))
    given = [a for a in answers.values() if isinstance(a, Granted) and a.epoch == epoch]
    for ordinal, other in answers.items():
        if isinstance(other, Refused):
            return Verdict(False, f"ordinal {ordinal} refused: {other.why}", lost=True)
    ahead = [a.position for a in given if a.position > own.position]
    votes = len(given) - len(ahead) + 1
    needed = seat.needed if forced is None else forced
    if ahead and (votes < needed or forced is not None):
        undecided = sum(isinstance(a, Silent) and a.heard for a in answers.values())
        lost = forced is not None or votes + undecided < needed
        return Verdict(False, f"a voter is ahead: {max(ahead)} against {own.position}", lost, behind=True)
    by = "" if forced is None else " by the operator's word"
    verdict = f"{votes} of {seat.members} granted {epoch} and are not ahead, {needed} are needed{by}"
    return Verdict(votes >= needed, verdict)


class Next(Enum):
    """What a candidate does after an answer, or after a while without one."""

    LEAD = "lead"
    WAIT = "wait for more answers"
    AGAIN = "close this epoch and stand with a new one"
    GIVE_UP = "close this epoch"


def next_try(verdict: Verdict, answers: Mapping[int, Answer], standing_s: float) -> Next:
    """`standing_s`: since this node began to stand, over all epochs of the attempt."""
    if verdict.allowed:
        return Next.LEAD
    if not verdict.lost:
        return Next.WAIT if standing_s < (YIELD_AFTER_S if verdict.behind else WAIT_FOR_S) else Next.GIVE_UP
    if verdict.ended or standing_s >= ASK_FOR_S:
        # Whom it voted for may win any moment: a higher epoch now would depose that one (seen: a second outage).
        return Next.GIVE_UP
    refused = [a for a in answers.values() if isinstance(a, Refused)]
    # Whoever hears that somebody leads, or is about to, has somebody to follow.
    return Next.AGAIN if refused and not any(a.taken for a in refused) else Next.GIVE_UP


def promised_since(memory: Memory, epoch: Epoch) -> str | None:
    """Why a candidate whose `epoch` was closed does not stand again: it has voted for somebody meanwhile.

    That one may win any moment, and a higher epoch would depose it (seen in a drain: two winners in a row, 17 s).
    """
    if isinstance(memory, Record) and memory.promise > epoch:
        return f"this node has promised {memory.promise} since it stood with {epoch}"
    return None


def lead(memory: Memory, facts: Facts, epoch: Epoch, *, forced: bool = False) -> Bound | Refused | Silent:
    """Rule 8: under the lock that also serves votes, look again, and only then promote.

    forced: with fewer votes than are needed, because an operator said so.
    A granted higher epoch or anything followed meanwhile has ended the candidacy, and is seen here.
    """
    if isinstance(memory, Lost):
        return Silent(memory.why)
    if memory.promise != epoch or memory.asking != epoch:
        return Refused(f"this node has promised {memory.promise} meanwhile", memory.highest)
    # Its floor now forbids all that its holds did: every one of them is at most the promise.
    record = replace(
        memory,
        asking=None,
        leading=epoch,
        floor=epoch,
        holds=frozenset(),
        reigns=(*memory.reigns, Reign(epoch, facts.lsn)),
        forced=epoch if forced else NEVER,
    )
    return Bound(record, (Act.PROMOTE, Act.WRITE_EPOCH))


def close(record: Record) -> Record:
    """Rule 9: give the candidacy up, durably, before telling anybody."""
    return record.without_candidacy()


class Word(Enum):
    """What becomes of an epoch, as its owner tells the nodes that hold it."""

    OPEN = "may still be led"
    CLOSED = "was never led and never will be"
    LED = "was led, or one above it"
    UNKNOWN = "its owner does not know it"


def says(memory: Memory, epoch: Epoch) -> Word:
    """Rule 9's answer about one of this node's own epochs; only CLOSED lets a hold end."""
    if isinstance(memory, Lost):
        return Word.UNKNOWN
    if epoch <= memory.leading:
        return Word.LED
    if epoch <= memory.closed:
        return Word.CLOSED
    return Word.OPEN if epoch == memory.asking else Word.UNKNOWN
