"""The rules with one of them weakened, by name: what the model must find a counter-example for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ha.vote import allegiance, ballot, candidacy, life, lineage
from ha.vote.ballot import Act, Answer, Bound, Facts, Refused, Request, Silent
from ha.vote.candidacy import Verdict, Word
from ha.vote.epoch import NEVER, Epoch, Seat
from ha.vote.lineage import Way
from ha.vote.model.rules import Reigns, Rules
from ha.vote.record import Lost, Memory, Record, Reign

__all__ = ["WEAKENED"]

See = Callable[[Reigns], Reigns]


def _compare(see: See) -> Rules:
    """Positions are told and compared as if the data were of these reigns."""

    def seen(memory: Memory) -> Memory:
        return replace(memory, reigns=see(memory.reigns)) if isinstance(memory, Record) else memory

    def answer(memory: Memory, facts: Facts, epoch: Epoch) -> Answer:
        return ballot.answer(seen(memory), facts, epoch)

    def count(seat: Seat, memory: Memory, facts: Facts, answers: Mapping[int, Answer]) -> Verdict:
        return candidacy.count(seat, seen(memory), facts, answers)

    return Rules(answer=answer, count=count)


def _by_timeline(reigns: Reigns) -> Reigns:
    return tuple(Reign(Epoch(reign.timeline), reign.after) for reign in reigns)


def _by_row(reigns: Reigns) -> Reigns:
    # The row is the second record of a reign: the first one still looks like the reign before.
    return tuple(reign._replace(after=reign.after + (reign.epoch > 0)) for reign in reigns)


def _way_by_row(mine: Reigns, lsn: int, theirs: Reigns) -> Way:
    entered = tuple(reign for reign in mine if reign.after + (reign.epoch > 0) < lsn)
    return lineage.way_back(_by_row(entered), lsn, _by_row(theirs))


def _way_by_timeline(mine: Reigns, lsn: int, theirs: Reigns) -> Way:
    entered = tuple(reign for reign in mine if reign.after < lsn)
    return lineage.way_back(_by_timeline(entered), lsn, _by_timeline(theirs))


def _forgets_promise(memory: Memory) -> Bound | Lost:
    return life.restart(life.forgetful(memory) if isinstance(memory, Record) else memory)


def _always_in_place(memory: Memory) -> Bound | Lost:
    bound = life.restart(memory)
    if isinstance(bound, Bound) and bound.record.leading != NEVER:
        return Bound(bound.record, (Act.RESUME, Act.WRITE_EPOCH))
    return bound


def _timer(record: Record, words: Mapping[Epoch, Word]) -> Record:
    return replace(record, holds=frozenset() if record.asking is None else frozenset({record.asking}))


def _still_receiving(seat: Seat, memory: Memory, facts: Facts, request: Request) -> Bound | Refused | Silent:
    bound = ballot.consider(seat, memory, facts, request)
    return Bound(bound.record, (Act.TELL,)) if isinstance(bound, Bound) and not facts.primary else bound


def _receiving_or_not(memory: Memory, facts: Facts, epoch: Epoch) -> Answer:
    return ballot.answer(memory, replace(facts, receiving=False), epoch)


def _one_hold(seat: Seat, memory: Memory, facts: Facts, request: Request) -> Bound | Refused | Silent:
    bound = ballot.consider(seat, memory, facts, request)
    if isinstance(bound, Bound):
        bound = replace(bound, record=replace(bound.record, holds=frozenset({request.epoch})))
    return bound


def _overwritten(seat: Seat, memory: Memory, facts: Facts, request: Request) -> Bound | Refused | Silent:
    """The vote is told, and its record lost to one that was made before it."""
    bound = ballot.consider(seat, memory, facts, request)
    return replace(bound, record=memory) if isinstance(bound, Bound) and isinstance(memory, Record) else bound


def _told_all_the_same(memory: Memory, facts: Facts, epoch: Epoch) -> Answer:
    if isinstance(memory, Record):
        memory = replace(memory, promise=max(memory.promise, epoch), holds=memory.holds | {epoch})
    return ballot.answer(memory, facts, epoch)


def _visible(seat: Seat, memory: Memory, facts: Facts, answers: Mapping[int, Answer]) -> Verdict:
    heard = len(answers) + 1
    return candidacy.count(Seat(seat.ordinal, heard, heard), memory, facts, answers)


def _majority(seat: Seat, memory: Memory, facts: Facts, answers: Mapping[int, Answer]) -> Verdict:
    return candidacy.count(replace(seat, sync_standbys=seat.members), memory, facts, answers)


def _unbound(memory: Memory, epoch: Epoch, reigns: Reigns | None) -> Bound | str:
    bound = allegiance.follow(memory, epoch, reigns)
    if isinstance(bound, Bound) and isinstance(memory, Record):
        bound = replace(bound, record=replace(bound.record, floor=memory.floor, promise=memory.promise))
    return bound


def _keeps_standing(seat: Seat, memory: Memory, facts: Facts, request: Request) -> Bound | Refused | Silent:
    bound = ballot.consider(seat, memory, facts, request)
    if isinstance(bound, Bound) and isinstance(memory, Record) and memory.asking is not None:
        holds = bound.record.holds | {memory.asking}
        kept = replace(bound.record, asking=memory.asking, closed=memory.closed, holds=holds)
        bound = replace(bound, record=kept)
    return bound


def _unpromised(memory: Memory) -> Memory:
    """A candidate that looks at its own epoch only."""
    if not isinstance(memory, Record) or memory.asking is None:
        return memory
    return replace(memory, promise=memory.asking, holds=frozenset({memory.asking}))


def _counts_anyway(seat: Seat, memory: Memory, facts: Facts, answers: Mapping[int, Answer]) -> Verdict:
    return candidacy.count(seat, _unpromised(memory), facts, answers)


def _leads_anyway(memory: Memory, facts: Facts, epoch: Epoch) -> Bound | Refused | Silent:
    bound = candidacy.lead(_unpromised(memory), facts, epoch)
    if isinstance(bound, Bound) and isinstance(memory, Record):
        holds = memory.holds - {epoch}
        bound = replace(bound, record=replace(bound.record, promise=memory.promise, holds=holds))
    return bound


def _half_cloned() -> Rules:
    def whole(facts: Facts) -> Facts:
        return replace(facts, whole=True)

    return Rules(
        consider=lambda seat, memory, facts, request: ballot.consider(seat, memory, whole(facts), request),
        answer=lambda memory, facts, epoch: ballot.answer(memory, whole(facts), epoch),
    )


def _closed_while_led(memory: Memory, epoch: Epoch) -> Word:
    word = candidacy.says(memory, epoch)
    return Word.CLOSED if word is Word.LED else word


def _closed_while_asking(memory: Memory, epoch: Epoch) -> Word:
    word = candidacy.says(memory, epoch)
    return Word.CLOSED if word is Word.OPEN else word


def _reborn_unasked(seat: Seat, peers: Mapping[int, Memory]) -> Record | str:
    return Record()


def _next_epoch(seat: Seat, memory: Memory, facts: Facts) -> Epoch | None:
    return Epoch.above((memory.highest,), seat) if isinstance(memory, Record) and facts.whole else None


WEAKENED: Mapping[str, Rules] = {
    "LSNs alone are compared": _compare(lambda reigns: lineage.ANYBODY),
    "a position is (timeline, LSN)": _compare(_by_timeline),
    "a promise is not durable": Rules(restart=_forgets_promise),
    "a granter returns on a timer": Rules(release=_timer),
    "a standby goes on receiving after its grant": Rules(consider=_still_receiving, answer=_receiving_or_not),
    "a vote is overwritten by an older decision": Rules(consider=_overwritten, answer=_told_all_the_same),
    "a majority of the visible is enough": Rules(count=_visible),
    "a majority of the members is enough": Rules(count=_majority),
    "following does not bind": Rules(follow=_unbound),
    "a candidate grants a higher epoch and still promotes": Rules(
        consider=_keeps_standing, count=_counts_anyway, lead=_leads_anyway
    ),
    "a cold start needs no vote": Rules(start=_next_epoch),
    "a handoff needs no vote": Rules(heed=_next_epoch),
    "a stored upstream reconnects after a restart": Rules(stored=True),
    "a half-cloned node votes": _half_cloned(),
    "an open candidacy is called closed": Rules(says=_closed_while_asking),
    "a leader calls its epoch closed": Rules(says=_closed_while_led),
    "a later grant ends the holds before it": Rules(consider=_one_hold),
    "a node that lost its record asks nobody": Rules(reborn=_reborn_unasked),
    "a deposed primary restarts in place": Rules(restart=_always_in_place),
    "divergence is seen by timelines": Rules(way_back=_way_by_timeline),
    "the epoch is read from its row alone": replace(_compare(_by_row), way_back=_way_by_row),
    "a receiver reconnects whatever the epoch": Rules(unbound=True),
}
