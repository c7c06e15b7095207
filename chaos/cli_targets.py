"""Which target a command is about, from its options."""

from __future__ import annotations

import argparse
from pathlib import Path

from chaos.experiment import Experiment
from chaos.run_progress import Progress
from chaos.settings import Settings, SettingsError
from chaos.targets.base import Target

__all__ = ["add_target_options", "fitting", "open_target"]

OF_GKE = ("project", "region", "name", "kubectl", "yes", "dry_run")


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Let a command be told what it is about."""
    group = parser.add_argument_group("target")
    group.add_argument("--on", choices=["kind", "gke"], help="kind: the cluster of `make up` (default)")
    group.add_argument(
        "--dsn",
        metavar="postgresql://USER@HOST:PORT/DB",
        help="any PostgreSQL; several hosts with commas; the password may come from PGPASSWORD",
    )
    group.add_argument("--inject", metavar="CMD", help="with --dsn: the shell command that is the fault")
    group.add_argument("--heal", metavar="CMD", help="with --dsn: the shell command that puts it right")
    group.add_argument("--project", metavar="P", help="with --on gke: the Google Cloud project's id")
    group.add_argument(
        "--region", metavar="R", help="with --on gke: as it was told to `python -m cluster up`"
    )
    group.add_argument("--name", help="with --on gke: of the cluster")
    group.add_argument(
        "--kubectl", type=Path, metavar="PATH", help="with --on gke: another kubectl than ours"
    )
    group.add_argument("--yes", action="store_true", help="with --on gke: do not ask before it is broken")
    group.add_argument(
        "--dry-run", action="store_true", help="with --on gke: print every command, touch nothing"
    )


def open_target(told: argparse.Namespace, settings: Settings, progress: Progress) -> Target:
    """Return the target, not entered yet. Raises SettingsError and TargetError."""
    if told.on != "gke" and (
        given := [f"--{name.replace('_', '-')}" for name in OF_GKE if getattr(told, name)]
    ):
        raise SettingsError(f"{given[0]} belongs to --on gke; add that, or leave it out.")
    if not told.dsn:
        if told.inject or told.heal:
            raise SettingsError(
                "--inject and --heal belong to --dsn; on kind the experiment names its faults."
            )
        if told.on == "gke":
            from chaos.cli_gke import open_gke

            return open_gke(told, progress.note)
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
    if told.on == "gke":
        from chaos.cli_gke import check_holds

        check_holds(experiment)
    if not told.dsn:
        return experiment
    from chaos.experiment_dsn import for_endpoint

    fitted, notes = for_endpoint(experiment, command=bool(told.inject))
    progress.note("\n".join(notes))
    return fitted
