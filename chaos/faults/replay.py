"""The schedule of faults that a history followed, to be played again. Pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from chaos.events import Event, FaultMark, Run, Sample
from chaos.faults.kinds import KINDS, Aim
from chaos.faults.plan import Plan, Step
from chaos.faults.plan_rules import ROLES

__all__ = ["plan_of"]


def plan_of(events: Iterable[Event], homes: Mapping[str, str] | None = None, roles: bool = True) -> Plan:
    """Return the schedule that a history's faults followed; the first begins at 0.

    With `roles`, members are called by what they were then, as far as the history's samples tell, because
    the member of that name may be something else when it is replayed; nodes too where `homes` says
    which member lives on them. A fault without a heal has a hold of 0.
    """
    members: tuple[str, ...] = ()
    primary: list[tuple[float, str]] = []
    marks: list[FaultMark] = []
    for event in events:
        if isinstance(event, Run):
            members = event.members
        elif isinstance(event, FaultMark):
            marks.append(event)
        elif isinstance(event, Sample) and event.role == "primary":
            primary.append((event.at, event.member))
    pools = sorted({mark.on for mark in marks if _aim(mark) == "pool"})
    steps = []
    for inject, heal_at in _paired(sorted(marks, key=lambda mark: mark.at)):
        was = max((seen for seen in primary if seen[0] <= inject.at), default=(0.0, ""))[1] if roles else ""
        on = _called(inject, _roles(members, was), pools, homes or {})
        steps.append((inject.at, heal_at, inject.name, on))
    began = min((step[0] for step in steps), default=0.0)
    return Plan(
        tuple(Step(round(at - began, 2), round(heal - at, 2), name, on) for at, heal, name, on in steps)
    )


def _paired(marks: Sequence[FaultMark]) -> list[tuple[FaultMark, float]]:
    heals: dict[tuple[str, str], deque[float]] = {}
    for mark in marks:
        if mark.action == "heal":
            heals.setdefault((mark.name, mark.on), deque()).append(mark.at)
    paired = []
    for mark in marks:
        if mark.action == "inject":
            later = heals.get((mark.name, mark.on), deque())
            paired.append((mark, later.popleft() if later else mark.at))
    return paired


def _roles(members: Sequence[str], primary: str) -> dict[str, str]:
    if primary not in members:
        return {}
    standbys = [member for member in members if member != primary]
    return {primary: "primary", **dict(zip(standbys, ("standby", "other-standby"), strict=False))}


def _called(mark: FaultMark, roles: Mapping[str, str], pools: Sequence[str], homes: Mapping[str, str]) -> str:
    aim = _aim(mark)
    if aim == "pool":
        names = ROLES["pool"]
        return mark.on if mark.on in names else names[min(pools.index(mark.on), len(names) - 1)]
    if aim == "cluster":
        return "cluster"
    if aim == "node":
        return roles.get(homes.get(mark.on, ""), mark.on)
    return re.sub(r"[^<>,]+", lambda found: roles.get(found[0], found[0]), mark.on)


def _aim(mark: FaultMark) -> Aim | None:
    return KINDS[mark.name].aims_at if mark.name in KINDS else None
