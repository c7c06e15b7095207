"""Rows against what clients were told: nothing acknowledged or shown is lost, nothing is there twice or unasked."""

from __future__ import annotations

from chaos.checkers.faults import moment
from chaos.checkers.story import Story, values_by_kind
from chaos.checkers.verdict import Finding, finding
from chaos.events import Operation

__all__ = ["duplicated", "lost", "shown_then_lost", "unexpected"]


def lost(story: Story) -> list[Finding]:
    """Find the values that were acknowledged and that some member lacks."""
    clock = moment(story)
    missing = _missing(story, story.acknowledged)

    def told(op: Operation) -> str:
        who = f" by {op.server}" if op.server else ""
        where = ", ".join(missing[op.value])
        return f"{op.value} ({op.workload}, acknowledged at {clock(op.completed)}{who}) is not on {where}"

    first_ones = sorted((story.by_value[value] for value in missing), key=lambda op: op.completed)
    return finding("lost", "acknowledged writes are gone", first_ones, told)


def shown_then_lost(story: Story) -> list[Finding]:
    """Find the values that a read was shown and that some member lacks."""
    shown = values_by_kind(read for read in story.reads if read.outcome == "ok" and read.found)
    missing = _missing(story, shown)
    return finding(
        "shown-then-lost",
        "clients were shown rows that are gone",
        sorted(missing),
        lambda value: f"{value} was shown and is not on {', '.join(missing[value])}",
    )


def unexpected(story: Story) -> list[Finding]:
    """Find the values that are there although nobody tried to write them, or it surely failed."""
    possible = values_by_kind(op for op in story.operations if op.outcome != "fail")
    found = {
        (value, of, member)
        for (member, of), rows in story.rows.items()
        for value in rows.values - possible.get(of, set())
    }

    def told(row: tuple[str, str, str]) -> str:
        value, of, member = row
        op = story.by_value.get(value)
        why = f"{op.workload} was told {op.outcome} {op.error}" if op else "nobody wrote it"
        return f"{value} is in {of} on {member}, but {why.strip()}"

    return finding("unexpected", "rows exist that were never written, or surely not", sorted(found), told)


def duplicated(story: Story) -> list[Finding]:
    """Find the values that one member holds more than once."""
    found = {(value, member) for (member, _), rows in story.rows.items() for value in rows.repeated}
    return finding("duplicated", "rows exist more than once", sorted(found), " on ".join)


def _missing(story: Story, wanted: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return the members that lack a value of some kind, for each that one of them lacks."""
    missing: dict[str, list[str]] = {}
    for of, values in wanted.items():
        for member, rows in story.holding(of).items():
            for value in values - rows.values:
                missing.setdefault(value, []).append(member)
    return missing
