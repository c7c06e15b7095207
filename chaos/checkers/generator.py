"""Figures about the instrument itself and about latency."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from chaos.checkers.story import Story

__all__ = ["LATE_S", "instrument", "latencies", "quantile"]

LATE_S = 0.05
"""Seconds by which 99 of 100 attempts may begin late. A gap is wrong by up to as much, and this is a tenth of the
shortest one aimed at (0.5 s; design.md, Targets). The generator promises 0.01 s on a quiet machine."""


def quantile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least a share of all do not exceed. Raises ValueError without any."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("there are no values, so there is no quantile")
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def instrument(story: Story) -> dict[str, float]:
    """Return how late the generator was, and how busy the machine."""
    figures = {}
    if story.operations or story.reads:
        late = (attempt.sent - attempt.intended for attempt in chain(story.operations, story.reads))
        figures["lateness_p99"] = quantile(late, 0.99)
    if story.machines:
        figures["steal_max"] = max(look.steal for look in story.machines)
        figures["busy_mean"] = sum(look.busy for look in story.machines) / len(story.machines)
    return figures


def latencies(story: Story) -> dict[str, float]:
    """Return how many attempts of each workload were acknowledged, and how long that took."""
    took: dict[str, list[float]] = defaultdict(list)
    for attempt in chain(story.operations, story.reads):
        of_it = took[attempt.workload]
        if attempt.outcome == "ok":
            of_it.append(attempt.latency)
    figures = {}
    for workload, seconds in sorted(took.items()):
        figures[f"acknowledged.{workload}"] = float(len(seconds))
        if seconds:
            figures[f"latency_p50.{workload}"] = quantile(seconds, 0.5)
            figures[f"latency_p99.{workload}"] = quantile(seconds, 0.99)
    return figures
