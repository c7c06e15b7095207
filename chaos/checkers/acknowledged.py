"""Rows against what clients were told: nothing acknowledged or shown is lost, nothing is there twice or unasked."""

from __future__ import annotations

from collections.abc import Iterable

from chaos.checkers.faults import moment
from chaos.checkers.story import Story, kind_of
from chaos.checkers.verdict import Finding, finding
from chaos.events import Operation

__all__ = ["acknowledged", "duplicated", "lost", "shown_then_lost", "unexpected"]


def lost(story: Story) -> list[Finding]:
    """Find the values that were acknowledged and that some member lacks."""
    clock = moment(story)
    missing = _missing(story, {op.value: kind_of(op.workload) for op in acknowledged(story.operations)})
    told = []
    for value in sorted(missing, key=lambda value: story.by_value[value].completed):
        op = story.by_value[value]
        who = f" by {op.server}" if op.server else ""
        where = ", ".join(missing[value])
        told.append(f"{value} ({op.workload}, acknowledged at {clock(op.completed)}{who}) is not on {where}")
    return finding("lost", "acknowledged writes are gone", told)


def shown_then_lost(story: Story) -> list[Finding]:
    """Find the values that a read was shown and that some member lacks."""
    shown = {r.value: kind_of(r.workload) for r in story.reads if r.outcome == "ok" and r.found}
    missing = _missing(story, shown)
    told = [f"{value} was shown and is not on {', '.join(missing[value])}" for value in sorted(missing)]
    return finding("shown-then-lost", "clients were shown rows that are gone", told)


def unexpected(story: Story) -> list[Finding]:
    """Find the values that are there although nobody tried to write them, or it surely failed."""
    told = set()
    for (member, of), rows in story.rows.items():
        for value in rows.values:
            op = story.by_value.get(value)
            if op is None or kind_of(op.workload) != of:
                told.add(f"{value} is in {of} on {member}, and nobody wrote it there")
            elif op.outcome == "fail":
                told.add(f"{value} is on {member}, although {op.workload} was told {op.error or 'no'}")
    return finding("unexpected", "rows exist that were never written, or surely not", sorted(told))


def duplicated(story: Story) -> list[Finding]:
    """Find the values that one member holds more than once."""
    told = {f"{value} on {member}" for (member, _), rows in story.rows.items() for value in rows.repeated}
    return finding("duplicated", "rows exist more than once", sorted(told))


def acknowledged(operations: Iterable[Operation]) -> list[Operation]:
    """Return the operations that the system acknowledged."""
    return [op for op in operations if op.outcome == "ok"]


def _missing(story: Story, kinds: dict[str, str]) -> dict[str, list[str]]:
    """Return the members that lack a value, for each that is lacking; `kinds` tells where it belongs."""
    missing: dict[str, list[str]] = {}
    for of in set(kinds.values()):
        for member, rows in story.holding(of).items():
            for value, kind in kinds.items():
                if kind == of and value not in rows.values:
                    missing.setdefault(value, []).append(member)
    return missing
