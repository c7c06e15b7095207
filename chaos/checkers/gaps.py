"""How long clients waited: the longest silence of every workload, the time to service, the time to redundancy."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from chaos.checkers.faults import first_inject, last_mark, moment, presences, present_in
from chaos.checkers.story import Story
from chaos.checkers.verdict import Finding, finding
from chaos.events import FaultMark, Operation, Read

__all__ = ["Silence", "Waited", "bound_of", "by_workload", "gaps", "redundancy", "silences", "waited"]

Gap = Literal["write_gap", "read_gap"]


@dataclass(frozen=True)
class Silence:
    """Nobody was answered from `begin` to `end`, which is infinite when that never ended."""

    begin: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.begin


@dataclass(frozen=True)
class Waited:
    """The clients of one workload: every silence, and how long the longest was in two ways of counting."""

    silences: tuple[Silence, ...]
    longest: Silence
    rto: float
    """Seconds of the longest silence after the injection; the injection may lie before it or within it."""


def by_workload(attempts: Iterable[Operation | Read]) -> dict[str, list[Operation | Read]]:
    """Return the attempts of every workload that anybody could have served.

    `...@member` is bound to one member: it is answered only while that member is primary.
    """
    found: dict[str, list[Operation | Read]] = defaultdict(list)
    for attempt in attempts:
        if "@" not in attempt.workload:
            found[attempt.workload].append(attempt)
    return dict(sorted(found.items()))


def silences(attempts: Sequence[Operation | Read], faults: Sequence[FaultMark]) -> list[Silence]:
    """Return the times between neighbouring acknowledgements of one workload that end after the first fault.

    The last one lasts until the last attempt ended without one. It has no end when nothing was acknowledged
    after the last injection, or nothing of what was sent after everything was healed. Whoever was never
    acknowledged has no silences: that makes a run invalid.
    """
    acks = sorted(a.completed for a in attempts if a.outcome == "ok")
    if not acks:
        return []
    inject = first_inject(faults)
    found = [Silence(a, b) for a, b in pairwise(acks) if inject is None or b > inject]
    end = math.inf if _never_again(attempts, acks[-1], faults) else max(a.completed for a in attempts)
    if end > acks[-1] and (inject is None or end > inject):
        found.append(Silence(acks[-1], end))
    return found


def _never_again(attempts: Sequence[Operation | Read], last_ack: float, faults: Sequence[FaultMark]) -> bool:
    end = last_mark(faults)
    if end is None:
        return False
    if last_ack <= max((mark.at for mark in faults if mark.action == "inject"), default=-math.inf):
        return True
    return last_ack <= end and any(a.sent > end for a in attempts)


def waited(attempts: Sequence[Operation | Read], faults: Sequence[FaultMark]) -> Waited | None:
    """Return how long a workload waited; None when it has no silence to measure, with one acknowledgement."""
    found = silences(attempts, faults)
    if not found:
        return None
    longest = max(found, key=lambda silence: silence.length)
    injects = sorted(mark.at for mark in faults if mark.action == "inject")
    after = bisect_left(injects, longest.begin)
    hit = after < len(injects) and injects[after] < longest.end
    return Waited(tuple(found), longest, longest.end - (injects[after] if hit else longest.begin))


def bound_of(bounds: dict[str, float], gap: str, workload: str) -> float:
    """Return the bound of a workload in seconds, its own before that of all; infinite when nobody gave one."""
    return bounds.get(f"{gap}.{workload}", bounds.get(gap, math.inf))


def gaps(story: Story, gap: Gap) -> tuple[list[Finding], dict[str, float]]:
    """Find the silences longer than their bound, and return the figures of every workload.

    A silence during which two faults were present is only a figure, unless it has no end.
    """
    attempts: Sequence[Operation | Read] = story.operations if gap == "write_gap" else story.reads
    clock, figures, told = moment(story), {}, []
    present = presences(story.faults, story.healths)
    for workload, of_it in by_workload(attempts).items():
        measured = waited(of_it, story.faults)
        if measured is None:
            continue
        figures[f"{gap}.{workload}"] = measured.longest.length
        if story.faults:
            figures[f"rto.{workload}"] = measured.rto
        bound = bound_of(story.run.bounds, gap, workload)
        for silence in measured.silences:
            if math.isinf(silence.length):
                told.append(f"{workload}: nothing was acknowledged any more after {clock(silence.begin)}")
            elif silence.length > bound and len(present_in(present, silence.begin, silence.end)) < 2:
                begin = clock(silence.begin)
                told.append(
                    f"{workload}: {silence.length:.3f} s from {begin} on, at most {bound:g} s are allowed"
                )
    checker, who = ("write-gap", "writers") if gap == "write_gap" else ("read-gap", "readers")
    return finding(checker, f"{who} waited longer than promised", told), figures


def redundancy(story: Story) -> tuple[list[Finding], dict[str, float]]:
    """Return the seconds from the last heal (or injection) to the moment from which on all was healthy.

    Infinite when that never came, which the checker `health` finds; no figure without a fault.
    """
    begin = last_mark(story.faults)
    if begin is None or not story.healths:
        return [], {}
    well = math.inf
    for health in reversed(story.healths):
        if health.troubles:
            break
        well = health.at
    took = max(0.0, well - begin)
    bound = story.run.bounds.get("redundancy", math.inf)
    told = [f"{took:.3f} s, at most {bound:g} s are allowed"] if bound < took < math.inf else []
    return finding("redundancy", "full redundancy came later than promised", told), {"redundancy": took}
