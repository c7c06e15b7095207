"""What a judge says of a run, and how it is written down."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from chaos.codec import dump
from chaos.events import Run

__all__ = ["CHECKERS", "EXAMPLES", "Finding", "Verdict", "finding"]

CHECKERS = (
    "lost",
    "duplicated",
    "unexpected",
    "shown-then-lost",
    "outside-newest-history",
    "stale-read",
    "non-monotonic-read",
    "deposed-answer",
    "write-gap",
    "read-gap",
    "redundancy",
    "budget",
    "eviction",
    "convergence",
    "health",
)
"""Every name a finding may carry, in the order in which people want to read them."""
EXAMPLES = 5
"""A finding counts all, and shows so many of them."""
T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """A broken promise: which checker says so, in one sentence, how often, and the first examples."""

    checker: str
    what: str
    count: int
    examples: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.checker not in CHECKERS:
            raise ValueError(f"checker is {self.checker!r}, it must be one of {', '.join(CHECKERS)}")


def finding(checker: str, what: str, found: Sequence[T], told: Callable[[T], str] = str) -> list[Finding]:
    """Return a list of one finding when anything was found, else an empty one.

    `told` puts an example into words; the first ones of `found` are shown, so give them in a telling order.
    """
    examples = tuple(told(example) for example in found[:EXAMPLES])
    return [Finding(checker, what, len(found), examples)] if found else []


@dataclass(frozen=True)
class Verdict:
    """What a history proves. An invalid one proves nothing, whatever was found besides."""

    run: Run
    valid: bool
    invalid_because: tuple[str, ...]
    findings: tuple[Finding, ...]
    figures: dict[str, float]
    """Seconds, shares or counts by name; infinite for what never came."""

    @property
    def passed(self) -> bool:
        """The promise was put to the test and kept."""
        return self.valid and not self.findings

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON, in which an infinite figure is null."""
        said = {
            "run": dump(self.run),
            "valid": self.valid,
            "passed": self.passed,
            "invalid_because": self.invalid_because,
            "findings": [asdict(found) for found in self.findings],
            "figures": self.figures,
        }
        return {key: _finite(value) for key, value in said.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
