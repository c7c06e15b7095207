"""Why a history proves nothing. A run that did not look must never pass."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.faults import first_inject, last_mark
from chaos.checkers.gaps import by_workload
from chaos.checkers.generator import LATE_S
from chaos.checkers.story import Story, kind_of

__all__ = ["invalid_because"]


def invalid_because(story: Story, figures: dict[str, float]) -> list[str]:
    """Return one sentence for each reason why nothing can be said; an empty list means that it can."""
    return [*_unknown_run(story), *_unread(story), *_unserved(story), *_unseen(story), *_late(figures)]


def _unknown_run(story: Story) -> Iterator[str]:
    if not story.runs:
        yield "No line tells which run it is: the history is not from the instrument, or its beginning is missing."
    elif len(story.runs) > 1:
        yield f"It holds {len(story.runs)} runs: judge the file of each run alone."
    elif not story.run.members:
        yield "Its run has no members, so nobody can be asked what is stored."
    if story.twice:
        yield f"{story.twice[0]} was written by two operations, so nobody knows which one is stored."


def _unread(story: Story) -> Iterator[str]:
    """Rows must be known of all members, and from a moment at which nothing went on any more."""
    ends = [op.completed for op in story.operations]
    quiet = max([*ends, last_mark(story.faults) or 0.0], default=0.0)
    for of in sorted({kind_of(op.workload) for op in story.operations}):
        for member in story.run.members:
            rows = story.rows.get((member, of))
            if rows is None or not rows.complete:
                yield f"What {member} holds of {of} was not read back to its end."
            elif rows.at < quiet:
                yield f"What {member} holds of {of} was read back while clients still wrote or something was broken."


def _unserved(story: Story) -> Iterator[str]:
    inject = first_inject(story.faults)
    writers, readers = by_workload(story.operations), by_workload(story.reads)
    for workload, attempts in [*writers.items(), *readers.items()]:
        first = min((a.completed for a in attempts if a.outcome == "ok"), default=None)
        if first is None:
            yield f"Nothing of {workload} was acknowledged at all."
        elif inject is not None and first > inject:
            yield f"Nothing of {workload} was acknowledged before the fault, so there is no gap to measure."
    if not writers:
        yield "Nobody wrote anything."
    if "read_gap" in story.run.bounds and not readers:
        yield "It bounds read_gap, and nobody read anything."
    for name in story.run.bounds:
        gap, _, workload = name.partition(".")
        if workload and workload not in (writers if gap == "write_gap" else readers):
            yield f"It bounds {gap} of {workload}, of which there is nothing."


def _unseen(story: Story) -> Iterator[str]:
    if len(story.run.members) > 1 and not any(s.role == "primary" for s in story.samples):
        yield "Nobody was seen as primary, so the newest history is unknown: the observers did not run."
    if story.run.expected_pods and not story.budgets:
        yield "Nobody looked at the disruption budget."
    end = last_mark(story.faults)
    if not story.healths or (end is not None and story.healths[-1].at < end):
        yield "Nobody looked whether it got well again after the last fault."


def _late(figures: dict[str, float]) -> Iterator[str]:
    late = figures.get("lateness_p99", 0.0)
    if not late <= LATE_S:
        yield (
            f"The generator was late: 1 of 100 attempts began {late:.3f} s or more after its time, "
            f"{LATE_S:g} s are allowed. The machine was too busy to measure."
        )
