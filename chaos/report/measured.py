"""What runs of an experiment measured, as the report's pages tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chaos.report.numbers import Distribution, Goal
from chaos.report.results import BASELINE, Result

__all__ = ["Broken", "Conditions", "Measured", "Report"]


@dataclass(frozen=True)
class Broken:
    """What one checker found, in how many runs and how often; an example, and the history that shows it."""

    checker: str
    runs: int
    count: int
    what: str
    example: str
    history: str


@dataclass(frozen=True)
class Conditions:
    """Under what the runs were made; the worst of each."""

    cores: int
    """0: not recorded."""
    profile: str
    members: int
    sync_standbys: int
    first: str
    last: str
    steal_max: float = 0.0
    lateness_p99: float = 0.0
    busy_mean: float = 0.0
    share: float = 1.0
    """Of the experiment's clients."""


@dataclass(frozen=True)
class Measured:
    """All runs of an experiment on one version of one target; `n` of them are valid."""

    experiment: str
    target: str
    version: str
    promise: str
    n: int
    failed: int
    invalid: int
    invalid_because: Mapping[str, int]
    broken: tuple[Broken, ...]
    figures: Mapping[str, Distribution]
    goals: tuple[Goal, ...]
    conditions: Conditions | None
    """None: never run."""
    before: Mapping[str, Distribution] = field(default_factory=dict)
    """The same figures in the previous report."""
    version_before: str = ""
    runs: tuple[Result, ...] = ()
    """Oldest first; a published report leaves them out."""

    @property
    def passed(self) -> int:
        """How many kept the promise."""
        return self.n - self.failed

    @property
    def baseline(self) -> bool:
        """Whether it was measured with the timings that others are compared with."""
        return self.conditions is not None and self.conditions.profile == BASELINE

    @property
    def key(self) -> tuple[str, str, bool]:
        """What it is a measurement of, on whatever version."""
        return self.experiment, self.target, self.baseline


@dataclass(frozen=True)
class Report:
    """The newest version of every experiment, and what older versions measured."""

    made: str
    measured: tuple[Measured, ...]
    older: tuple[Measured, ...] = ()

    @property
    def failed(self) -> tuple[Measured, ...]:
        """Experiments in which a promise was broken."""
        return tuple(each for each in self.measured if each.failed)
