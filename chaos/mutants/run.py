"""One mutant after the other: the original with the fault, the mutant without it and with it, the original again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from chaos.campaign import new_history
from chaos.checkers.verdict import Verdict
from chaos.experiment import Experiment, ExperimentError
from chaos.mutants.deploy import DeployError, Platform
from chaos.mutants.table import Mutant, experiment_of
from chaos.mutants.verdict import Outcome, conclude, failed, reds
from chaos.run import run_experiment
from chaos.run_errors import RunError
from chaos.run_progress import Progress
from chaos.settings import Settings
from chaos.targets.base import Facts, TargetError
from chaos.targets.kind import KindTarget
from cluster.settings import Settings as ClusterSettings

__all__ = ["Trial"]

ORIGINAL = "original"
TRIES = 3
"""Runs until one is valid: the machine may be too busy once."""


class Trial:
    """All mutants of one invocation; what the original does in an experiment is asked once."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings, self._progress = settings, progress
        self._folder = settings.cluster.root / "build" / "mutants"
        log = self._folder / "deploy.log"
        self._platform = Platform(settings.cluster, log, progress.step)
        self._controls: dict[str, Verdict] = {}

    def outcomes(self, mutants: Iterable[Mutant]) -> Iterator[Outcome]:
        """Try them; one that cannot be tried is an outcome too. Raises RestoreError when the original is not back."""
        self._platform.restore()
        for mutant in mutants:
            began = time.monotonic()
            try:
                outcome = self._try(mutant)
            except (DeployError, RunError, TargetError, ExperimentError) as error:
                outcome = failed(mutant, " ".join(str(error).split()))
            yield replace(outcome, took_s=round(time.monotonic() - began, 1))

    def _try(self, mutant: Mutant) -> Outcome:
        experiment = experiment_of(mutant)
        with self._platform.changing() as deploy:
            control = self._control(mutant, experiment, deploy)
            if control.findings:
                # The mutant could prove nothing: it need not be tried.
                return conclude(mutant, control, control, control)
            deploy(mutant)
            rest = self._judged(mutant.name, experiment.with_faults((), f"{experiment.name}-at-rest"))
            if set(reds(rest)) - mutant.at_rest:
                return conclude(mutant, control, rest, rest)
            fault = self._judged(mutant.name, experiment)
        return conclude(mutant, control, rest, fault)

    def _control(self, mutant: Mutant, experiment: Experiment, deploy: Callable[[Mutant], None]) -> Verdict:
        """Return what the same fault does to a platform that has this safety."""
        if mutant.beside:
            name = f"{mutant.name}-beside"
            deploy(replace(mutant, name=name, how="only what is beside it", change=mutant.beside))
            return self._judged(name, experiment)
        if mutant.experiment not in self._controls:
            self._progress.step(f"the original in {experiment.name}")
            self._controls[mutant.experiment] = self._judged(ORIGINAL, experiment)
        return self._controls[mutant.experiment]

    def _judged(self, name: str, experiment: Experiment) -> Verdict:
        """Run an experiment on whatever is deployed until it says something. Raises RunError, TargetError."""
        verdict: Verdict | None = None
        for _ in range(TRIES):
            path = new_history(self._folder / name)
            with _Named(self._settings.cluster, name) as target:
                verdict = run_experiment(target, experiment, path, progress=self._progress)
            if verdict.valid:
                self._progress.note(f"red: {', '.join(reds(verdict)) or 'nothing'}; {path}")
                return verdict
            self._progress.note(f"says nothing: {'; '.join(verdict.invalid_because)}")
        assert verdict is not None
        raise RunError(
            f"{TRIES} runs of {experiment.name} say nothing: {'; '.join(verdict.invalid_because)}."
        )


class _Named(KindTarget):
    """The target kind, whose version says which mutant it is: its figures are nobody's figures."""

    def __init__(self, settings: ClusterSettings, name: str) -> None:
        super().__init__(settings)
        self._mutant = name

    def facts(self) -> Facts:
        """What runs. Raises TargetError."""
        found = super().facts()
        return (
            replace(found, version=f"{found.version}-{self._mutant}") if self._mutant != ORIGINAL else found
        )
