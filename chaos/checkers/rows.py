"""Pure judgements over a history and over what the system showed afterwards.

An empty list is a pass; anything else is what was found, so that a failing test names it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from chaos.ops import Operation

__all__ = ["duplicated", "lateness", "lost", "unexpected", "write_gap"]


def lost(operations: Iterable[Operation], present: Iterable[str]) -> list[str]:
    """Return the values that were acknowledged and are absent."""
    found = set(present)
    return sorted({op.value for op in operations if op.outcome == "ok"} - found)


def unexpected(operations: Iterable[Operation], present: Iterable[str]) -> list[str]:
    """Return the values that are present although nobody tried them, or their attempt surely failed."""
    possible = {op.value for op in operations if op.outcome != "fail"}
    return sorted(set(present) - possible)


def duplicated(present: Iterable[str]) -> list[str]:
    """Return the values that are present more than once."""
    return sorted(value for value, number in Counter(present).items() if number > 1)


def write_gap(operations: Iterable[Operation], fault_at: float) -> float:
    """Return the longest time in seconds between two acknowledgements, of those that end after the fault.

    Infinite when nothing was acknowledged after it. Raises ValueError when nothing was before it: then
    the run says nothing about the fault.
    """
    acknowledged = sorted(op.completed for op in operations if op.outcome == "ok")
    if not acknowledged or acknowledged[0] > fault_at:
        raise ValueError("nothing was acknowledged before the fault, so there is no gap to measure")
    around = [after - before for before, after in pairwise(acknowledged) if after > fault_at]
    return max(around, default=math.inf)


def lateness(operations: Sequence[Operation]) -> float:
    """Return the 99th percentile of the generator's own delay in seconds; a late one measures itself."""
    if not operations:
        raise ValueError("there are no operations, so there is no delay to measure")
    delays = sorted(op.sent - op.intended for op in operations)
    return delays[math.ceil(0.99 * len(delays)) - 1]
