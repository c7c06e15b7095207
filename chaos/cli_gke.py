"""The target `gke` from the command line: which cluster, whether it may be broken, and what would be done to it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chaos.experiment import Experiment
from chaos.kube.client import Kube, KubeError
from chaos.settings import SettingsError
from chaos.targets.base import TargetError
from chaos.targets.gke import LEASE_S, GkeTarget
from chaos.targets.gke_clock import clock_of
from chaos.targets.gke_faults import UNLEASED
from chaos.targets.gke_presumed import Snapshot, asked, example
from chaos.targets.gke_rehearsal import rehearse, rehearse_heal
from chaos.targets.gke_tool import Programs
from cluster.gke import checks, plan, removal, tool
from cluster.gke.cli import made
from cluster.gke.run import Outline, Run, rehearsed
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell, StepFailed

__all__ = ["SPARE_S", "check_holds", "dry_run", "open_gke"]

SPARE_S = 60.0
"""Between the longest hold and the moment at which a node heals itself, for a heal that is slow."""
Say = Callable[[str], None]
Ask = Callable[[str], str]


def open_gke(told: argparse.Namespace, say: Say, ask: Ask = input) -> GkeTarget:
    """Return the target, not entered yet, when the cluster is ours and somebody agreed. Raises SettingsError."""
    settings = _settings(told)
    shell = Shell(settings.logs / "chaos.log")
    try:
        tool.found()
        _guarded(settings, shell)
        say(f"{settings.place}; context {settings.context}")
        if told.command != "heal" and not told.yes:
            _agreed(settings, ask)
        for act in plan.credentials(settings):
            settings.kubeconfig.parent.mkdir(parents=True, exist_ok=True)
            tool.act(shell, act, settings)
        kube = Kube(settings.kubeconfig, settings.namespace)
    except StepFailed as failure:
        raise SettingsError(_sentence(failure)) from failure
    except KubeError as error:
        raise TargetError(f"{error}.") from error
    return GkeTarget(settings, kube, Programs(settings), partial(clock_of, settings))


def check_holds(experiment: Experiment) -> None:
    """Refuse a fault that its node would heal by itself before its time. Raises SettingsError."""
    for step in experiment.faults:
        if step.kind not in UNLEASED and step.hold_s > LEASE_S - SPARE_S:
            raise SettingsError(
                f"{experiment.name}: {step.kind} is held {step.hold_s:g} s, on gke it may be {LEASE_S - SPARE_S:g} s:"
                f" every node heals itself after {LEASE_S:g} s."
            )


def dry_run(told: argparse.Namespace, say: Say, experiment: Experiment | None = None) -> None:
    """Tell every command of a run, or without an experiment of a heal; asks, and touches nothing.

    Raises SettingsError for a cluster that is not ours, ExperimentError and TargetError as the run would.
    """
    settings = _settings(told)
    guard = Outline("cluster", "whose cluster it is", ("cluster",))
    shell = Shell(settings.logs / "rehearsal.log")
    try:
        run = Run(settings, lambda step, facts: plan.credentials(settings), checks.DOWN)
        for line in rehearsed(run, [guard], shell):
            say(line)
    except StepFailed as failure:
        raise SettingsError(_sentence(failure)) from failure
    found = _known(settings, say)
    if experiment is None:
        rehearse_heal(settings, found, say)
    else:
        rehearse(settings, experiment, found, say)


def _known(settings: GkeSettings, say: Say) -> Snapshot:
    why = "there is no kubeconfig yet"
    if Path(settings.kubeconfig).exists():
        try:
            return asked(settings, Programs(settings))
        except (TargetError, ValueError, KeyError) as error:
            why = str(error)
    say(f"#   the cluster was not asked ({why}): names in capital letters stand for those it has")
    return example(settings)


def _settings(told: argparse.Namespace) -> GkeSettings:
    try:
        return made(told)
    except ValueError as error:
        raise SettingsError(f"{error}.") from error


def _guarded(settings: GkeSettings, shell: Shell) -> None:
    run = Run(settings, lambda step, facts: (), checks.DOWN)
    run.glance(shell, "cluster")
    run.check("cluster")
    if not removal.standing(run.facts):
        state = run.facts.cluster.status if run.facts.cluster else "not there"
        raise StepFailed(f"{settings.place} is {state}", settings.again("up"))


def _agreed(settings: GkeSettings, ask: Ask) -> None:
    question = f"It will be broken on purpose. Type the cluster's name, {settings.name}, to go on: "
    if ask is input and not sys.stdin.isatty():
        raise SettingsError("Nobody is there to be asked (no terminal), so nothing was broken; add --yes.")
    if ask(question).strip() != settings.name:
        raise SettingsError("Nothing was broken: that is not the cluster's name.")


def _sentence(failure: StepFailed) -> str:
    sentence = " ".join(str(failure).split())
    return f"{sentence}. Try: {failure.advice}" if failure.advice else f"{sentence}."
