"""Which target a command is about, from its options."""

from __future__ import annotations

import argparse

from chaos.experiment import Experiment
from chaos.run_progress import Progress
from chaos.settings import Settings, SettingsError
from chaos.targets.base import Target

__all__ = ["add_target_options", "fitting", "open_target"]


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Let a command be told what it is about."""
    group = parser.add_argument_group("target")
    group.add_argument("--on", choices=["kind"], help="the cluster of `make up` (default)")
    group.add_argument(
        "--dsn",
        metavar="postgresql://USER@HOST:PORT/DB",
        help="any PostgreSQL; several hosts with commas; the password may come from PGPASSWORD",
    )
    group.add_argument("--inject", metavar="CMD", help="with --dsn: the shell command that is the fault")
    group.add_argument("--heal", metavar="CMD", help="with --dsn: the shell command that puts it right")


def open_target(told: argparse.Namespace, settings: Settings, progress: Progress) -> Target:
    """Return the target, not entered yet. Raises SettingsError and TargetError."""
    if not told.dsn:
        if told.inject or told.heal:
            raise SettingsError(
                "--inject and --heal belong to --dsn; on kind the experiment names its faults."
            )
        # Imported late: whoever judges a database by its DSN needs no client of Kubernetes.
        from chaos.targets.kind import KindTarget

        return KindTarget(settings.cluster)
    if told.on:
        raise SettingsError("--on and --dsn exclude each other; give one of them.")
    if told.heal and not told.inject:
        raise SettingsError("--heal without --inject has nothing to put right; give --inject CMD too.")
    from chaos.targets.dsn import DsnTarget

    return DsnTarget(
        told.dsn, inject=told.inject, heal=told.heal, password=settings.pg_password, say=progress.note
    )


def fitting(experiment: Experiment, told: argparse.Namespace, progress: Progress) -> Experiment:
    """Return the experiment as the target can run it."""
    if not told.dsn:
        return experiment
    from chaos.experiment_dsn import for_endpoint

    fitted, notes = for_endpoint(experiment, command=bool(told.inject))
    progress.note("\n".join(notes))
    return fitted
