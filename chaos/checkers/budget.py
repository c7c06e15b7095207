"""The PodDisruptionBudget: it counts the right pods, is never undercut on purpose, and evictions obey it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from chaos.checkers.faults import moment, presences, present_in
from chaos.checkers.story import Story
from chaos.checkers.verdict import Finding, finding

__all__ = ["SETTLED_S", "VOLUNTARY", "budget", "eviction"]

VOLUNTARY = frozenset({"node-drained"})
"""Faults that ask the budget before they take a pod. All others may undercut it: that is what a fault is."""
SETTLED_S = 1.0
"""A budget's status follows its pods after a moment (its controller's), so an eviction within so many seconds
of a look at which all pods were ready may rightly be allowed."""


def budget(story: Story) -> list[Finding]:
    """Find samples with another number of pods than promised, and those below the promise without a fault."""
    clock, told = moment(story), []
    broken = [f for f in presences(story.faults, story.healths) if f.name not in VOLUNTARY]
    expected = story.run.expected_pods
    for look in story.budgets:
        if expected and look.expected != expected:
            told.append(
                f"{look.name} counts {look.expected} pods at {clock(look.at)}, {expected} were promised"
            )
        if look.current < look.desired and not present_in(broken, look.at, look.at):
            told.append(f"{look.name} has {look.current} of {look.desired} pods at {clock(look.at)}")
    return finding("budget", "the disruption budget did not hold", told)


def eviction(story: Story) -> list[Finding]:
    """Find evictions that were allowed although a pod of the budget was missing."""
    clock, expected = moment(story), story.run.expected_pods
    whole = [asked.at for asked in story.evictions if asked.ready >= expected]
    told = [
        f"{asked.pod} might be evicted at {clock(asked.at)} with {asked.ready} of {expected} pods ready"
        for asked in story.evictions
        if asked.status == 201 and asked.ready < expected and not _any_within(whole, asked.at, SETTLED_S)
    ]
    return finding("eviction", "evictions were allowed that break the quorum", told)


def _any_within(ordered: Sequence[float], moment: float, seconds: float) -> bool:
    first = bisect_left(ordered, moment - seconds)
    return first < len(ordered) and ordered[first] <= moment + seconds
