"""What each command does, once it is known what is meant."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from chaos import kept
from chaos.campaign import finished, folder_of, passed, repeat
from chaos.checkers.judge import judge
from chaos.checkers.verdict import Verdict
from chaos.cli_show import FOUND, PASSED, code_of, show, worst
from chaos.cli_targets import fitting, open_target
from chaos.experiment import Experiment, load
from chaos.history import stream
from chaos.run import check, run_experiment
from chaos.run_progress import Progress
from chaos.settings import Settings
from chaos.soak import BASE, steps_of

__all__ = ["HistoryError", "Session", "heal", "judge_files", "replay", "run"]

REPLAY = "replay"


class HistoryError(ValueError):
    """A file that is no history; one sentence says why."""


@dataclass(frozen=True)
class Session:
    """What every command needs."""

    settings: Settings
    console: Console
    progress: Progress

    def say(self, text: str) -> None:
        """Print one line as it is."""
        self.console.print(text, markup=False, soft_wrap=True)


def run(session: Session, told: argparse.Namespace) -> int:
    """Run an experiment once more, or until there are as many finished runs as wanted."""
    return _campaign(session, told, load(told.experiment).slowed(told.share), told.repeats)


def replay(session: Session, told: argparse.Namespace) -> int:
    """Break the same things again, at the same times, as a history tells."""
    # Imported late, as all that only kind needs.
    from chaos.faults.replay import plan_of

    try:
        steps = steps_of(plan_of(stream(told.history)))
    except (OSError, ValueError) as error:
        raise HistoryError(_no_history(told.history, error)) from error
    if not steps:
        raise HistoryError(f"{told.history} holds no fault, so there is nothing to replay.")
    experiment = load(BASE).with_faults(steps, REPLAY)
    return _campaign(session, told, experiment, None)


def _campaign(session: Session, told: argparse.Namespace, experiment: Experiment, repeats: int | None) -> int:
    experiment = fitting(experiment, told, session.progress)
    if told.dry_run and told.on == "gke":
        from chaos.cli_gke import dry_run

        dry_run(told, session.say, experiment)
        return PASSED
    with open_target(told, session.settings, session.progress) as target:
        check(target, experiment)
        version = target.facts().version
        folder = folder_of(session.settings.build, experiment.name, version, experiment.share)
        kept.restore(session.settings.kept, session.settings.build, folder)

        def once(path: Path) -> Verdict:
            return run_experiment(target, experiment, path, progress=session.progress)

        codes = []
        for done in repeat(once, folder, repeats):
            show(session.console, done.verdict, done.path)
            codes.append(code_of(done.verdict))
    if repeats:
        counted = finished(folder)
        good = [path for path in counted if passed(path)]
        session.say(f"{len(good)} of {len(counted)} finished runs passed: {folder}")
        session.say("next: `python -m chaos report`")
        codes.append(PASSED if len(good) == len(counted) else FOUND)
    return worst(codes)


def judge_files(session: Session, told: argparse.Namespace) -> int:
    """Judge stored histories again, from their files alone."""
    codes = []
    for path in told.histories:
        verdict = _judged(path)
        codes.append(code_of(verdict))
        if told.json:
            session.say(json.dumps(verdict.to_json()))
        else:
            show(session.console, verdict, path)
    return worst(codes)


def heal(session: Session, told: argparse.Namespace) -> int:
    """Put right whatever any run left broken."""
    if told.dry_run and told.on == "gke":
        from chaos.cli_gke import dry_run

        dry_run(told, session.say)
        return PASSED
    target = open_target(told, session.settings, session.progress)
    done = target.heal()
    for sentence in done or ["Nothing was broken."]:
        session.say(sentence)
    return PASSED


def _judged(path: Path) -> Verdict:
    try:
        verdict = judge(stream(path))
    except (OSError, ValueError) as error:
        raise HistoryError(_no_history(path, error)) from error
    if not verdict.run.run:
        raise HistoryError(_no_history(path, ValueError("its first line is no run")))
    return verdict


def _no_history(path: Path, error: Exception) -> str:
    why = error.strerror if isinstance(error, OSError) else f"it is no history ({error})"
    return f"{path} cannot be judged: {why}; give a .jsonl file that `python -m chaos run` wrote."
