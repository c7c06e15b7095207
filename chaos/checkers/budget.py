"""The PodDisruptionBudget: it counts the right pods, is never undercut on purpose, and evictions obey it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from chaos.checkers.faults import moment, presences, present_in
from chaos.checkers.story import Story
from chaos.checkers.verdict import Finding, finding
from chaos.events import Eviction

__all__ = ["BLIND", "SETTLED_S", "VOLUNTARY", "budget", "eviction"]

VOLUNTARY = frozenset({"node-drained"})
"""Faults that ask the budget before they take a pod. All others may undercut it: that is what a fault is."""
BLIND = "api-server-stopped"
"""While the API server is away its controllers are too, and they return up to half a minute later. Until then a
budget's status is what it was (Kubernetes: the eviction API only reads it), and no manifest can change that."""
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
    """Find evictions of members that were allowed although a pod of their budget was missing.

    A drain evicts others too, which have no such budget. Not those next to a look at which none was missing: the pod
    may have come back before the eviction was decided. Nor any while nobody updates the budget.
    """
    blind = [f for f in presences(story.faults, story.healths) if f.name == BLIND]
    clock, expected = moment(story), story.run.expected_pods
    asked_for = [asked for asked in story.evictions if asked.pod in story.run.members]
    whole = [asked.at for asked in asked_for if asked.ready >= expected]
    told = []
    for before, asked, after in _neighbours(asked_for):
        at_once = any(beside and beside.ready >= expected for beside in (before, after))
        if asked.status != 201 or asked.ready >= expected or at_once or _any_near(whole, asked.at):
            continue
        if present_in(blind, asked.at, asked.at):
            continue
        told.append(
            f"{asked.pod} might be evicted at {clock(asked.at)} with {asked.ready} of {expected} pods ready"
        )
    return finding("eviction", "evictions were allowed that break the quorum", told)


def _neighbours(looks: Sequence[Eviction]) -> Iterator[tuple[Eviction | None, Eviction, Eviction | None]]:
    """Yield every look between the one before it and the one after it."""
    ends = [None, *looks, None]
    return zip(ends, looks, ends[2:], strict=False)


def _any_near(ordered: Sequence[float], moment: float) -> bool:
    first = bisect_left(ordered, moment - SETTLED_S)
    return first < len(ordered) and ordered[first] <= moment + SETTLED_S
