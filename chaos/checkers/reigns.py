"""Who was primary when, and in which term, as far as the samples tell."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from chaos.checkers.accounts import Accounts
from chaos.checkers.story import Story
from chaos.events import Operation, Read, Sample

__all__ = ["Newest", "Reign", "Reigns", "Term"]

Term = tuple[int, int]
"""Epoch and timeline. An epoch is written a moment after the promotion, so the timeline decides within one."""


@dataclass(frozen=True)
class Reign:
    """From `at` on, `member` was seen as primary of a term above all that were seen before."""

    term: Term
    member: str
    at: float


@dataclass(frozen=True)
class Newest:
    """The member that acknowledged last in the highest term in which anybody did, and its first time there."""

    member: str
    first: float


class Reigns:
    """The reigns of a story, in the order of time."""

    def __init__(self, story: Story) -> None:
        self._story = story
        primaries = [s for s in story.samples if s.role == "primary" and s.member in story.run.members]
        # Terms with and without an epoch cannot be compared, timelines always can.
        self._epochs = all(s.epoch is not None for s in primaries)
        self.all: list[Reign] = []
        for sample in primaries:
            if not self.all or self.term(sample) > self.all[-1].term:
                self.all.append(Reign(self.term(sample), sample.member, sample.at))
        self._starts = [reign.at for reign in self.all]
        self._of = {
            member: Accounts([s for s in story.samples if s.member == member]) for member in story.run.members
        }
        self._claims = {(self.term(s), s.member): s.at for s in reversed(primaries)}

    @property
    def promotions(self) -> list[Reign]:
        """All but the reign that was there when the run began."""
        return self.all[1:]

    def term(self, sample: Sample) -> Term:
        """Return the term that a primary claims."""
        return (sample.epoch or 0 if self._epochs else 0, sample.timeline)

    def at(self, moment: float) -> Reign | None:
        """Return the highest reign that had been seen by then."""
        number = bisect_right(self._starts, moment)
        return self.all[number - 1] if number else None

    def is_below(self, primary: Sample) -> bool:
        """Whether somebody else had been seen as primary of the same or a higher term before."""
        reign = self.at(primary.at)
        if reign is None or primary.member not in self._story.run.members:
            return False
        return reign.member != primary.member and self.term(primary) <= reign.term

    def is_usurped(self, attempt: Operation | Read) -> bool:
        """Whether a member answered, as primary, what was sent after somebody else had been seen as primary.

        An answer to what was sent before is as good as one that came in time. Samples have gaps between them:
        whoever is next seen as primary of a higher term had already begun, and a read that is answered just
        before its member is seen as a standby came from the standby.
        """
        reign = self.at(attempt.sent)
        if reign is None or reign.member == attempt.server or attempt.server not in self._story.run.members:
            return False
        accounts = self._of[attempt.server]
        answer = accounts.next_answer(attempt.completed)
        if answer and answer.role == "primary" and self.term(answer) > reign.term:
            return False
        if isinstance(attempt, Operation):
            return True
        was, then = accounts.last_answer(attempt.sent), accounts.next_look(attempt.completed)
        return bool(was and was.role == "primary" and not (then and then.role == "standby"))

    def deposed_since(self, member: str, moment: float) -> float | None:
        """Return when the fault struck that ended the reign of a member which was not primary at a moment.

        That is the last injection of its reign before the first promotion of somebody else since; without one, the
        promotion. No earlier fault deposed a member that was promoted after it and at once outvoted.
        """
        seen = self.all[: bisect_right(self._starts, moment)]
        own = max((number for number, reign in enumerate(seen) if reign.member == member), default=None)
        if own is not None:
            began, later = seen[own].at, seen[own + 1 :]
        else:
            # It was seen as primary only when somebody above it had been.
            claims = [(at, t) for (t, who), at in self._claims.items() if who == member and at <= moment]
            began, term = max(claims, default=(-math.inf, (0, 0)))
            later = [reign for reign in seen if reign.term >= term]
        if not later:
            return None
        since = later[0].at
        injects = [m.at for m in self._story.faults if m.action == "inject" and began <= m.at <= since]
        return max(injects, default=since)

    def newest(self) -> Newest | None:
        """Return whose rows count; None when nobody was seen as primary."""
        acks: dict[str, list[float]] = defaultdict(list)
        for op in self._story.operations:
            if op.outcome == "ok" and op.server:
                acks[op.server].append(op.completed)
        for term in sorted({term for term, _ in self._claims}, reverse=True):
            in_term = []
            for member in (m for m in self._story.run.members if (term, m) in self._claims):
                begin = self._of[member].seen_before(self._claims[term, member])
                own = [moment for moment in acks[member] if moment > begin]
                if own:
                    in_term.append((max(own), Newest(member, min(own))))
            if in_term:
                return max(in_term, key=lambda found: found[0])[1]
        return Newest(self.all[-1].member, self.all[-1].at) if self.all else None
