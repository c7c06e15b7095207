"""What one timeline picture shows: a part of a history around its faults, ready to be drawn.

All times of a scene are seconds since its first injection, or since an early moment when nothing was broken.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from chaos.events import Decision, Event, FaultMark, Operation, PoolView, Read, Sample
from chaos.report.lanes import Lane, Note, member_lanes, notes, pool_lanes, redundant_from
from chaos.report.panels import Panel, panels

__all__ = ["Scene", "episodes", "scenes"]

BEFORE_S = 5.0
"""How much of the quiet before the injection is shown."""
AFTER_S = 3.0
"""How much is shown after everything is well again."""
LONGEST_S = 120.0
"""More than this does not fit a picture 1100 pixels wide."""
PROBE = "probe@"


@dataclass(frozen=True)
class Scene:
    """A picture's contents."""

    faults: tuple[FaultMark, ...]
    """Injections and heals, their `at` relative as everything else; none when nothing was broken."""
    start: float
    end: float
    panels: tuple[Panel, ...]
    members: tuple[Lane, ...]
    pools: tuple[Lane, ...]
    notes: tuple[Note, ...]
    redundant: float | None
    """When all members were seen streaming from one primary again."""

    @property
    def title(self) -> str:
        """What was broken, such as `pod-lost on postgres-0`."""
        broken = [mark for mark in self.faults if mark.action == "inject"]
        said = (f"{mark.name} on {mark.on}" if mark.on else mark.name for mark in broken)
        return ", ".join(said) or "nothing was broken"

    @property
    def longest(self) -> float:
        """Seconds of the longest gap of any workload in it."""
        return max((gap.seconds for panel in self.panels for gap in panel.gaps), default=0.0)


def episodes(marks: Iterable[FaultMark]) -> list[list[FaultMark]]:
    """Group injections and heals: faults that overlap belong into one picture; a heal of nothing into none."""
    found: list[list[FaultMark]] = []
    under_way: list[tuple[str, str]] = []
    for mark in sorted(marks, key=lambda mark: mark.at):
        key = (mark.name, mark.on)
        if mark.action == "inject":
            if not under_way:
                found.append([])
            under_way.append(key)
            found[-1].append(mark)
        elif key in under_way:
            under_way.remove(key)
            found[-1].append(mark)
    return found


class _Sorted:
    """A history by kind and time, so that each scene is a slice of it."""

    def __init__(self, events: Iterable[Event]) -> None:
        everything = list(events)
        self.marks = _in_order(everything, FaultMark)
        self.samples = _in_order(everything, Sample)
        self.views = _in_order(everything, PoolView)
        self.decisions = _in_order(everything, Decision)
        self.operations = sorted(
            (event for event in everything if isinstance(event, Operation | Read)), key=lambda op: op.intended
        )
        self.acknowledged = {
            op.value: op.completed
            for op in self.operations
            if isinstance(op, Operation) and op.outcome == "ok"
        }
        known = [op.completed for op in self.operations]
        known += [mark.at for mark in self.marks[-1:]] + [sample.at for sample in self.samples[-1:]]
        self.ends = max(known, default=0.0)

    def operations_between(self, start: float, end: float) -> Sequence[Operation | Read]:
        first = bisect_left(self.operations, start, key=lambda op: op.intended)
        return self.operations[first : bisect_right(self.operations, end, key=lambda op: op.intended)]


_At = TypeVar("_At", FaultMark, Sample, PoolView, Decision)


def _in_order(events: Iterable[Event], kind: type[_At]) -> list[_At]:
    return sorted((event for event in events if isinstance(event, kind)), key=lambda event: event.at)


def _between(events: Sequence[_At], start: float, end: float, zero: float) -> list[_At]:
    """Return those of the time, moved so that `zero` is 0."""
    first, last = bisect_left(events, start, key=_when), bisect_right(events, end, key=_when)
    return [replace(event, at=event.at - zero) for event in events[first:last]]


def _when(event: FaultMark | Sample | PoolView | Decision) -> float:
    return event.at


def _scene(history: _Sorted, marks: Sequence[FaultMark], zero: float, until: float) -> Scene:
    last = marks[-1].at - zero if marks else until - zero
    operations = history.operations_between(zero - BEFORE_S, until)
    probes = [op for op in operations if op.workload.startswith(PROBE)]
    by_clients = [op for op in operations if not op.workload.startswith(PROBE)]
    drawn = panels(by_clients, zero, until, history.acknowledged, since=None if marks else -math.inf)
    samples = _between(history.samples, zero - BEFORE_S, until, zero)
    redundant = redundant_from(samples, since=0.0)
    well = [gap.end for panel in drawn for gap in panel.gaps]
    end = min(max([last, redundant or 0.0, *well]) + AFTER_S, until - zero, LONGEST_S)

    def acknowledged(member: str) -> tuple[float, ...]:
        mine = (op.completed - zero for op in probes if op.workload == PROBE + member and op.outcome == "ok")
        return tuple(sorted(at for at in mine if at <= end))

    return Scene(
        faults=tuple(replace(mark, at=mark.at - zero) for mark in marks),
        start=-BEFORE_S,
        end=end,
        panels=tuple(replace(panel, dots=tuple(d for d in panel.dots if d.at <= end)) for panel in drawn),
        members=member_lanes([sample for sample in samples if sample.at <= end], end, acknowledged),
        pools=pool_lanes(_between(history.views, zero - BEFORE_S, zero + end, zero), end),
        notes=notes(_between(history.decisions, zero - BEFORE_S, zero + end, zero)),
        redundant=redundant,
    )


def scenes(events: Iterable[Event]) -> list[Scene]:
    """Return the scenes of a history, one for each fault or group of faults that overlap, in order of time.

    When nothing was broken there is one of its first minutes, and its time counts from BEFORE_S after its start.
    """
    history = _Sorted(events)
    groups = episodes(history.marks)
    if not groups and history.operations:
        return [_scene(history, [], history.operations[0].intended + BEFORE_S, history.ends)]
    untils = [later[0].at for _, later in pairwise(groups)] + [history.ends]
    return [_scene(history, marks, marks[0].at, until) for marks, until in zip(groups, untils, strict=False)]
