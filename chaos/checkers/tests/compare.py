"""The fast checkers beside the slow ones."""

from collections.abc import Callable, Sized
from typing import Any

from chaos.checkers import acknowledged, authority, budget, convergence, gaps, reads
from chaos.checkers.story import tell
from chaos.checkers.tests import reference as slow
from chaos.checkers.tests import reference_time as slow_time
from chaos.checkers.tests.reference import Events
from chaos.checkers.verdict import Finding
from chaos.events import Operation, Read

Answer = tuple[int, dict[str, float]]
"""How much was found, and the figures."""

FAST: dict[str, Callable[[Any], Any]] = {
    "lost": lambda story: acknowledged.lost(story),
    "duplicated": lambda story: acknowledged.duplicated(story),
    "unexpected": lambda story: acknowledged.unexpected(story),
    "shown-then-lost": lambda story: acknowledged.shown_then_lost(story),
    "outside-newest-history": lambda story: authority.outside_newest_history(story),
    "stale-read": lambda story: reads.stale_read(story),
    "non-monotonic-read": lambda story: reads.non_monotonic_read(story),
    "deposed-answer": lambda story: authority.deposed_answer(story),
    "write-gap": lambda story: gaps.gaps(story, "write_gap"),
    "read-gap": lambda story: gaps.gaps(story, "read_gap"),
    "redundancy": lambda story: gaps.redundancy(story),
    "budget": lambda story: budget.budget(story),
    "eviction": lambda story: budget.eviction(story),
    "convergence": lambda story: convergence.convergence(story),
    "health": lambda story: convergence.health(story),
}
SLOW: dict[str, Callable[[Events], Any]] = {
    "lost": slow.lost,
    "duplicated": slow.duplicated,
    "unexpected": slow.unexpected,
    "shown-then-lost": slow.shown_then_lost,
    "outside-newest-history": slow_time.outside_newest_history,
    "stale-read": slow.stale_read,
    "non-monotonic-read": slow.non_monotonic_read,
    "deposed-answer": slow_time.deposed_answer,
    "write-gap": lambda events: slow_time.gaps(events, Operation, "write_gap"),
    "read-gap": lambda events: slow_time.gaps(events, Read, "read_gap"),
    "redundancy": slow.redundancy,
    "budget": slow.budget,
    "eviction": slow.eviction,
    "convergence": slow.convergence,
    "health": slow.health,
}


def fast(checker: str, events: Events) -> Answer:
    """Ask a checker, and see that what it finds bears its name."""
    found, figures = _parts(FAST[checker](tell(events)))
    findings: list[Finding] = list(found)  # type: ignore[call-overload]
    assert {one.checker for one in findings} <= {checker}
    assert len(findings) <= 1
    return sum(one.count for one in findings), figures


def obvious(checker: str, events: Events) -> Answer:
    """Ask the reference."""
    found, figures = _parts(SLOW[checker](events))
    return len(found), figures


def _parts(answer: Any) -> tuple[Sized, dict[str, float]]:
    return answer if isinstance(answer, tuple) else (answer, {})
