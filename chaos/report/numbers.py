"""Distributions of a figure over many runs, by nearest rank: every number of a report was really measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ENOUGH", "Distribution", "Goal", "Met", "rank", "seconds"]

ENOUGH = 20
"""With fewer repeats a p95 is the maximum, so it says little (design.md, Targets: N >= 20)."""


def rank(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that `share` of them do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("there are no values, so there is no rank")
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


@dataclass(frozen=True)
class Distribution:
    """A figure over `n` runs; infinite where something never came back."""

    n: int
    median: float
    p95: float
    max: float
    values: tuple[float, ...] = ()
    """All of them in the order of the runs; a published report leaves them out."""

    @classmethod
    def of(cls, values: Sequence[float]) -> Distribution:
        """Raises ValueError for none."""
        return cls(len(values), rank(values, 0.5), rank(values, 0.95), max(values), tuple(values))

    @property
    def few(self) -> bool:
        """Whether there are fewer repeats than the targets ask for."""
        return self.n < ENOUGH

    def to_json(self) -> dict[str, Any]:
        """Return it for a published report: rounded to milliseconds, infinity as null."""
        parts = {"median": self.median, "p95": self.p95, "max": self.max}
        return {"n": self.n} | {k: round(v, 3) if math.isfinite(v) else None for k, v in parts.items()}

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Distribution:
        """Return what `to_json` wrote. Raises KeyError, TypeError, ValueError for anything else."""
        median, p95, highest = (
            math.inf if raw[k] is None else float(raw[k]) for k in ("median", "p95", "max")
        )
        return cls(int(raw["n"]), median, p95, highest)


Met = str
"""`aim`, `must` or `missed`; with `?` behind it there are too few repeats to rely on it."""


@dataclass(frozen=True)
class Goal:
    """What design.md demands of a figure, and hopes for: seconds at p50 and p95."""

    figure: str
    must: tuple[float, float]
    aim: tuple[float, float] | None = None

    def met(self, measured: Distribution | None) -> Met:
        """Say how far it was reached; empty when nothing was measured."""
        if measured is None:
            return ""
        reached = "missed"
        for word, goal in (("must", self.must), ("aim", self.aim)):
            if goal and measured.median <= goal[0] and measured.p95 <= goal[1]:
                reached = word
        return reached + ("?" if measured.few else "")

    def to_json(self) -> dict[str, Any]:
        """Return it for a report."""
        return {"figure": self.figure, "must": self.must, "aim": self.aim}

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Goal:
        """Return what `to_json` wrote."""
        return cls(raw["figure"], _pair(raw["must"]), _pair(raw["aim"]) if raw["aim"] else None)


def _pair(raw: Sequence[Any]) -> tuple[float, float]:
    first, second = raw
    return float(first), float(second)


def seconds(value: float) -> str:
    """Say it: `3.3 s`, `0.45 s`, `never`."""
    if not math.isfinite(value):
        return "never"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
