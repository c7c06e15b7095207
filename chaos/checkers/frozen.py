"""When a member's node stood still: nothing on it could act, and nothing on it answered.

Told by the member's own recorder, which stood still with it: it asks many times a second, and goes on asking when
the database hangs. The mark of the heal is too late for this: what wakes up acts before the heal has returned.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from chaos.checkers.faults import presences, present_in
from chaos.checkers.story import Story

__all__ = ["FREEZES", "STOOD_STILL_S", "Frozen"]

FREEZES = "node-paused"
STOOD_STILL_S = 2.0
"""More than a question that is not answered takes the recorder, with some room for a busy machine."""


class Frozen:
    """The spans in which the nodes of members stood still."""

    def __init__(self, story: Story) -> None:
        freezes = [each for each in presences(story.faults, story.healths) if each.name == FREEZES]
        own: dict[str, list[float]] = defaultdict(list)
        for sample in story.samples:
            if sample.where == "node":
                own[sample.member].append(sample.at)
        self._spans = {
            member: [
                (slept, woke)
                for slept, woke in pairwise(times)
                if woke - slept > STOOD_STILL_S and present_in(freezes, slept, woke)
            ]
            for member, times in own.items()
        }

    def seconds(self, member: str, begin: float, end: float) -> float:
        """Return for how long a member's node stood still between two moments."""
        spans = self._spans.get(member, [])
        return sum(max(0.0, min(woke, end) - max(slept, begin)) for slept, woke in spans)
