"""The part of `python -m cluster` that is about GKE."""

import argparse
import os
import sys
import webbrowser
from pathlib import Path

from rich.console import Console

from cluster import sources
from cluster.gke import down, own, status, up
from cluster.gke.run import rehearsed
from cluster.gke.settings import CHANNELS, GkeSettings, zone_list
from cluster.settings import cache_dir
from cluster.shell import Shell, StepFailed
from cluster.steps import run_steps, selected

DEFAULTS = GkeSettings.__dataclass_fields__


def add_options(parser: argparse.ArgumentParser, command: str) -> None:
    """Let a command be told which cluster on GKE it is about."""
    group = parser.add_argument_group("with --on gke")
    group.add_argument("--project", metavar="P", help="the Google Cloud project's id")
    group.add_argument("--region", metavar="R", help=f"default {DEFAULTS['region'].default}")
    group.add_argument("--name", help=f"of the cluster, default {DEFAULTS['name'].default}")
    if command in ("up", "down"):
        group.add_argument(
            "--dry-run", action="store_true", default=None, help="print every command, change nothing"
        )
    if command == "up":
        group.add_argument("--zones", metavar="A,B", help="default: the first two of the region that are up")
        group.add_argument("--machine-type", metavar="T", help=f"default {DEFAULTS['machine_type'].default}")
        group.add_argument("--nodes-per-zone", type=int, metavar="N", help="default 2")
        group.add_argument("--channel", choices=CHANNELS, help="release channel, default regular")
        group.add_argument(
            "--private-nodes", action="store_true", default=None, help="nodes without public addresses"
        )
        group.add_argument("--no-browser", action="store_true", default=None, help="do not open the URL")
    if command == "down":
        group.add_argument("--yes", action="store_true", default=None, help="do not ask")
        group.add_argument(
            "--delete-disks", action="store_true", default=None, help="the data too; without it disks stay"
        )
    group.add_argument(
        "--kubectl", type=Path, metavar="PATH", help="another kubectl, for a cluster much older than ours"
    )


OPTIONS = (
    *("project", "region", "name", "dry_run", "zones", "machine_type", "nodes_per_zone", "channel"),
    *("private_nodes", "no_browser", "yes", "delete_disks", "kubectl"),
)


def misplaced(told: argparse.Namespace) -> str | None:
    """Return the sentence about an option of GKE that was given for kind, None when there is none."""
    given = [name for name in OPTIONS if getattr(told, name, None) is not None]
    if not given:
        return None
    return f"--{given[0].replace('_', '-')} belongs to --on gke; add that, or leave it out"


def made(told: argparse.Namespace) -> GkeSettings:
    """Return the settings. Raises GkeSettingsError."""
    given = {
        name: value
        for name in ("region", "name", "machine_type", "nodes_per_zone", "channel", "private_nodes")
        if (value := getattr(told, name, None)) is not None
    }
    project = told.project or ""
    place = f"{project}_{given.get('region', DEFAULTS['region'].default)}_{given.get('name', 'kube-flask')}"
    return GkeSettings(
        root=Path(__file__).resolve().parents[2],
        # A name with a slash in it must be refused by its own sentence and not become a folder somewhere.
        cache=cache_dir(os.environ) / "gke" / place.replace("/", "_"),
        images=getattr(told, "images", "auto"),
        until=getattr(told, "until", None),
        project=project,
        zones=tuple(zone_list(getattr(told, "zones", None) or "")),
        own_kubectl=told.kubectl.resolve() if told.kubectl else None,
        **given,
    )


def act(told: argparse.Namespace, settings: GkeSettings, console: Console) -> int:
    """Run one command and return its exit code. Raises StepFailed and ValueError."""
    if told.command == "status":
        return status.show(settings, console)
    if told.command == "down":
        return (
            0
            if down.down(
                settings,
                console,
                delete_disks=bool(told.delete_disks),
                agreed=(lambda question: True) if told.yes else lambda question: _asked(question, settings),
                dry=bool(told.dry_run),
            )
            else 1
        )
    run = up.prepared(settings, sources.choose(settings))
    steps = selected([run.step(outline) for outline in up.OUTLINES], settings.until)
    if told.dry_run:
        for line in rehearsed(run, up.OUTLINES[: len(steps)], Shell(settings.logs / "rehearsal.log")):
            console.print(line, soft_wrap=True, markup=False)
        return 0
    if not run_steps(steps, settings.logs, console):
        return 1
    if settings.until is None:
        _farewell(settings, console, open_browser=not told.no_browser)
    return 0


def _asked(question: str, settings: GkeSettings) -> bool:
    if not sys.stdin.isatty():
        raise StepFailed("nobody is there to be asked (no terminal), so nothing was deleted", "add --yes")
    return input(question).strip() == settings.name


def _farewell(settings: GkeSettings, console: Console, *, open_browser: bool) -> None:
    """Print where everything is, open it, and say what it costs and how it goes away again."""
    shell = Shell(settings.logs / "farewell.log")
    url = own.balanced(shell, settings)
    console.print(f"\n[bold green]open {url}[/]\n", soft_wrap=True)
    for line in (
        f"export KUBECONFIG={settings.kubeconfig}   # context {settings.context}",
        f"{settings.again('status')}   # what stands and what it costs an hour",
        f"{settings.again('down')}   # removes all of it; it costs money until then",
    ):
        console.print(line, soft_wrap=True, markup=False)
    if open_browser and console.is_terminal:
        webbrowser.open(url)


__all__ = ["act", "add_options", "made", "misplaced"]
