"""Operations as dots, and the gaps between acknowledgements, for a picture."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chaos.events import Operation, Read

__all__ = ["Dot", "Gap", "Panel", "longest_pause", "panels"]

GROUPS = ("SQL writes", "HTTP writes", "reads")
OPEN_S = 1.0
"""No acknowledgement for this long at the end of what is known is a gap, not the schedule's rhythm."""


@dataclass(frozen=True)
class Dot:
    """One operation. `kind` is its outcome, or `absent` for a read that did not see an acknowledged value."""

    at: float
    latency: float
    kind: str


@dataclass(frozen=True)
class Gap:
    """The longest pause between two acknowledgements of a workload that ended after the injection.

    `closed` is False when no acknowledgement ended it.
    """

    workload: str
    begin: float
    end: float
    closed: bool = True

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.begin


@dataclass(frozen=True)
class Panel:
    """The operations of one group of workloads."""

    title: str
    dots: tuple[Dot, ...]
    gaps: tuple[Gap, ...]


def longest_pause(
    acknowledged: Sequence[float], begin: float, end: float
) -> tuple[float, float, bool] | None:
    """Return the longest pause (from, to, ended) between acknowledgements that ended between begin and end.

    `acknowledged` is sorted. None: nothing was acknowledged before `begin`, so there is nothing to measure;
    a `begin` of minus infinity means the first acknowledgement.
    """
    first = bisect_right(acknowledged, begin) - 1
    if acknowledged and begin == -math.inf:
        first = 0
    if first < 0:
        return None
    around = acknowledged[first : bisect_right(acknowledged, end)]
    pauses = [(before, after, True) for before, after in pairwise(around)]
    if not pauses or end - around[-1] > OPEN_S:
        pauses.append((around[-1], end, False))
    return max(pauses, key=lambda pause: pause[1] - pause[0])


def _group(op: Operation | Read) -> str:
    if isinstance(op, Read):
        return "reads"
    return "HTTP writes" if op.workload.startswith("todos") else "SQL writes"


def _dot(op: Operation | Read, zero: float, acknowledged: Mapping[str, float]) -> Dot:
    unseen = isinstance(op, Read) and op.outcome == "ok" and not op.found
    absent = unseen and acknowledged.get(op.value, math.inf) <= op.sent
    return Dot(op.intended - zero, op.latency, "absent" if absent else op.outcome)


def _gaps(operations: Sequence[Operation | Read], zero: float, until: float, since: float) -> tuple[Gap, ...]:
    found = []
    for workload in sorted({op.workload for op in operations}):
        mine = sorted(op.completed for op in operations if op.workload == workload and op.outcome == "ok")
        if pause := longest_pause(mine, since, until):
            found.append(Gap(workload, pause[0] - zero, pause[1] - zero, pause[2]))
    return tuple(found)


def panels(
    operations: Sequence[Operation | Read],
    zero: float,
    until: float,
    acknowledged: Mapping[str, float],
    since: float | None = None,
) -> tuple[Panel, ...]:
    """Return a panel for each group of workloads there is; its times are relative to `zero`.

    On the history's clock, `until` is where the next fault begins or nothing more is known, and `acknowledged`
    tells when a value was; a read may look for one that is still being written. Gaps are those that end after
    `since`, which is `zero` unless given.
    """
    groups = [(title, [op for op in operations if _group(op) == title]) for title in GROUPS]
    return tuple(
        Panel(
            title,
            tuple(_dot(op, zero, acknowledged) for op in members),
            _gaps(members, zero, until, zero if since is None else since),
        )
        for title, members in groups
        if members
    )
