"""From a history to a verdict, from its events alone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from chaos.checkers.acknowledged import duplicated, lost, shown_then_lost, unexpected
from chaos.checkers.authority import deposed_answer, outside_newest_history
from chaos.checkers.budget import budget, eviction
from chaos.checkers.convergence import convergence, health
from chaos.checkers.gaps import gaps, redundancy
from chaos.checkers.generator import instrument, latencies
from chaos.checkers.reads import fresh_reads, non_monotonic_read, stale_read
from chaos.checkers.story import Story, tell
from chaos.checkers.validity import invalid_because
from chaos.checkers.verdict import CHECKERS, Finding, Verdict
from chaos.events import Event

__all__ = ["CHECKERS", "Finding", "Verdict", "judge"]

PLAIN: tuple[Callable[[Story], list[Finding]], ...] = (
    lost,
    duplicated,
    unexpected,
    shown_then_lost,
    outside_newest_history,
    stale_read,
    non_monotonic_read,
    budget,
    eviction,
    convergence,
    health,
)
MEASURING: tuple[Callable[[Story], tuple[list[Finding], dict[str, float]]], ...] = (
    deposed_answer,
    lambda story: gaps(story, "write_gap"),
    lambda story: gaps(story, "read_gap"),
    redundancy,
)


def judge(events: Iterable[Event]) -> Verdict:
    """Return what the events of one history prove.

    Holds what it needs of the events and not the events: give it `chaos.history.stream(path)`.
    """
    with _uncollected():
        return _judge(tell(events))


def _judge(story: Story) -> Verdict:
    findings = [found for check in PLAIN for found in check(story)]
    figures = {**instrument(story), **latencies(story), "fresh_reads": float(len(fresh_reads(story)))}
    for measure in MEASURING:
        found, measured = measure(story)
        findings += found
        figures |= measured
    findings.sort(key=lambda found: CHECKERS.index(found.checker))
    why = tuple(invalid_because(story, figures))
    return Verdict(story.run, not why, why, tuple(findings), figures)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare the garbage collector: it would look at all events again and again, of which none is in a cycle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
