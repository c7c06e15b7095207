"""When which fault was present, and how moments are told to people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chaos.checkers.story import Story
from chaos.events import FaultMark, Health

__all__ = ["Presence", "first_inject", "last_mark", "moment", "presences", "present_in"]


@dataclass(frozen=True)
class Presence:
    """A fault from its injection until the platform was first seen healthy after its heal."""

    name: str
    on: str
    since: float
    until: float


def presences(faults: Sequence[FaultMark], healths: Sequence[Health]) -> list[Presence]:
    """Return the faults in the order of their injection; both arguments are in the order of time.

    A fault without a heal mark heals by itself. What is healed may still be felt (a standby that is cloned),
    so a second fault before the platform was seen healthy makes the two a combined one.
    """
    ends: dict[int, float] = {}
    still: dict[tuple[str, str], list[int]] = {}
    for number, mark in enumerate(faults):
        of_this = still.setdefault((mark.name, mark.on), [])
        if mark.action == "inject":
            ends[number] = mark.at
            of_this.append(number)
        elif of_this:
            ends[of_this.pop(0)] = mark.at
    well = [health.at for health in healths if not health.troubles]
    return [
        Presence(
            faults[number].name,
            faults[number].on,
            faults[number].at,
            next((at for at in well if at >= end), math.inf),
        )
        for number, end in ends.items()
    ]


def present_in(found: Sequence[Presence], begin: float, end: float) -> list[Presence]:
    """Return the faults that were present at some moment from `begin` to `end`."""
    return [fault for fault in found if fault.since <= end and fault.until >= begin]


def first_inject(faults: Sequence[FaultMark]) -> float | None:
    """Return when the first fault was injected; None when none was."""
    return min((mark.at for mark in faults if mark.action == "inject"), default=None)


def last_mark(faults: Sequence[FaultMark]) -> float | None:
    """Return when the last thing was broken or healed; None when nothing was."""
    return max((mark.at for mark in faults), default=None)


def moment(story: Story) -> Callable[[float], str]:
    """Return how to write a moment: seconds from the first injection, or from the start of the run."""
    inject = first_inject(story.faults)
    zero = story.run.at if inject is None else inject
    return lambda at: f"{at - zero:+.3f} s"
