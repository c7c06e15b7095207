"""Random faults, one to three at once, for as long as wanted: a history per round, so that a violation is small."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.campaign import Done, folder_of, new_history, save
from chaos.experiment import Experiment, FaultStep
from chaos.run import RunError, run_experiment
from chaos.run_progress import Progress
from chaos.targets.base import Target

if TYPE_CHECKING:
    from chaos.faults.plan import Plan

__all__ = ["BASE", "SINGLE", "SOAK", "Round", "rounds", "steps_of"]

SOAK, SINGLE = "soak", "single-faults"
"""What the histories of a soak call their experiment: faults at once, or one after the other."""
BASE = "node-cut"
"""The experiment whose workloads and bounds a soak has: the widest bounds of all single faults."""
FAILED_IN_A_ROW = 3
"""Then something stays broken that no heal puts right."""


@dataclass(frozen=True)
class Round:
    """One round of a soak; `done` is None when the run says nothing, and `why` then tells why."""

    number: int
    steps: tuple[FaultStep, ...]
    path: Path
    done: Done | None
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether it was judged and nothing was found."""
        return self.done is not None and self.done.verdict.passed


def steps_of(plan: Plan) -> tuple[FaultStep, ...]:
    """Return a plan's steps as those of an experiment."""
    return tuple(
        FaultStep(kind=step.kind, on=step.on, after_s=step.after_s, hold_s=step.hold_s) for step in plan.steps
    )


def rounds(
    target: Target,
    experiment: Experiment,
    plan: Callable[[int], Sequence[FaultStep]],
    *,
    name: str,
    build: Path,
    seed: int,
    first: int,
    last: float,
    until: float,
    progress: Progress,
) -> Generator[Round, None, None]:
    """Run rounds from `first` to `last`, until the clock shows `until`. A caller that stops iterating stops the soak.

    `plan` gives the faults of a round by its number. The seed in a round's history is `seed` and the last
    three digits its number. Raises RunError when round after round says nothing.
    """
    folder = folder_of(build, name, target.facts().version, experiment.share)
    number, failed = first, 0
    while number <= last and time.monotonic() < until:
        steps = tuple(plan(number))
        path = new_history(folder)
        said = ", ".join(f"{step.kind} on {step.on}" for step in steps)
        progress.step(f"round {number}: {said}")
        this = experiment.with_faults(steps, name)
        try:
            verdict = run_experiment(target, this, path, 1000 * seed + number, progress)
        except RunError as error:
            yield Round(number, steps, path, None, str(error))
            failed += 1
            if failed == FAILED_IN_A_ROW:
                raise RunError(f"{failed} rounds in a row say nothing, so the soak ends. {error}") from error
            progress.note("\n".join(target.heal()))
        else:
            failed = 0
            done = Done(path, verdict)
            save(done)
            yield Round(number, steps, path, done)
        number += 1
