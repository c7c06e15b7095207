"""A history sorted by what the checkers ask of it, and what makes one say nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from chaos.events import (
    Budget,
    Event,
    Eviction,
    FaultMark,
    Health,
    Machine,
    Operation,
    Present,
    Read,
    Run,
    Sample,
)

__all__ = ["NOBODY", "Rows", "Story", "kind_of", "tell", "values_by_kind"]

NOBODY = Run("", "unknown", "unknown", (), 0, "unknown", "", 0.0)
"""Stands for the run of a history that does not say which it is."""


@dataclass
class Rows:
    """What one member holds of one kind."""

    values: set[str] = field(default_factory=set)
    repeated: list[str] = field(default_factory=list)
    """One entry for every occurrence beyond the first."""
    complete: bool = False
    at: float = 0.0
    """When its first part was read."""


@dataclass
class Story:
    """The events of a history by kind, each in the order of the file unless it says otherwise.

    One million operations take some 400 MB: a value is one string, however many members hold it.
    """

    runs: list[Run] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    by_value: dict[str, Operation] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    """Values that more than one operation tried to write."""
    reads: list[Read] = field(default_factory=list)
    faults: list[FaultMark] = field(default_factory=list)
    """By time."""
    samples: list[Sample] = field(default_factory=list)
    """By time."""
    budgets: list[Budget] = field(default_factory=list)
    """By time."""
    evictions: list[Eviction] = field(default_factory=list)
    """By time."""
    machines: list[Machine] = field(default_factory=list)
    healths: list[Health] = field(default_factory=list)
    """By time."""
    rows: dict[tuple[str, str], Rows] = field(default_factory=dict)
    """By member and kind."""

    @cached_property
    def acknowledged(self) -> dict[str, set[str]]:
        """Return the values that the system acknowledged, by kind."""
        return values_by_kind(op for op in self.operations if op.outcome == "ok")

    @property
    def run(self) -> Run:
        """What was run."""
        return self.runs[0] if self.runs else NOBODY

    def holding(self, of: str) -> dict[str, Rows]:
        """Return what the members of the run hold of a kind, as far as all of it is known."""
        rows = {member: self.rows.get((member, of)) for member in self.run.members}
        return {member: held for member, held in rows.items() if held and held.complete}


def kind_of(workload: str) -> str:
    """Return which rows a workload writes or reads: `todos...` go over HTTP, all others to the ledger."""
    return "todos" if workload.startswith("todos") else "ledger"


def values_by_kind(attempts: Iterable[Operation | Read]) -> dict[str, set[str]]:
    """Return the values of the attempts by the kind of rows they are about."""
    kinds: dict[str, str] = {}
    values: dict[str, set[str]] = defaultdict(set)
    for attempt in attempts:
        kind = kinds.get(attempt.workload) or kinds.setdefault(attempt.workload, kind_of(attempt.workload))
        values[kind].add(attempt.value)
    return values


def tell(events: Iterable[Event]) -> Story:
    """Sort the events of a history; what no checker asks for is dropped at once."""
    story = Story()
    for event in events:
        match event:
            case Operation():
                story.operations.append(event)
                if event.value in story.by_value:
                    story.twice.append(event.value)
                story.by_value.setdefault(event.value, event)
            case Read():
                story.reads.append(event)
            case Present():
                _add_rows(story, event)
            case Run():
                story.runs.append(event)
            case FaultMark():
                story.faults.append(event)
            case Sample():
                story.samples.append(event)
            case Budget():
                story.budgets.append(event)
            case Eviction():
                story.evictions.append(event)
            case Machine():
                story.machines.append(event)
            case Health():
                story.healths.append(event)
    for timed in (story.faults, story.samples, story.budgets, story.evictions, story.healths):
        timed.sort(key=lambda event: event.at)
    return story


def _add_rows(story: Story, part: Present) -> None:
    key = (part.member, part.of)
    rows = story.rows.get(key)
    # Rows that were read once more, from the start, replace those that were read before.
    if rows is None or rows.complete:
        rows = story.rows[key] = Rows(at=part.at)
    for value in part.values:
        operation = story.by_value.get(value)
        shared = operation.value if operation else value
        if shared in rows.values:
            rows.repeated.append(shared)
        else:
            rows.values.add(shared)
    rows.complete = part.last
