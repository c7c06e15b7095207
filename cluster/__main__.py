"""`python -m cluster up | down | status | images`."""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from cluster import publish, sources, status, up
from cluster.gke import cli as gke
from cluster.settings import IMAGE_SOURCES, PRESETS, Settings, cache_dir, for_preset
from cluster.shell import StepFailed
from cluster.steps import run_steps, selected


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser(
        prog="python -m cluster", description="A cluster with the platform on it: kind here, or GKE."
    )
    commands = top.add_subparsers(dest="command", required=True)
    made = {
        "up": commands.add_parser("up", help="bring everything up; safe to run again at any time"),
        "images": commands.add_parser("images", help="build (and push) the images that dist/ names"),
        "status": commands.add_parser("status", help="show what stands"),
        "down": commands.add_parser("down", help="delete the cluster and its data"),
    }
    for name in ("up", "images"):
        made[name].add_argument(
            "--images", choices=IMAGE_SOURCES, default="auto", help="where node and base images come from"
        )
    for name in ("up", "status", "down"):
        made[name].add_argument(
            "--preset",
            choices=PRESETS,
            default="kind",
            help="kind: four nodes; single-node: one (default: kind)",
        )
        made[name].add_argument("--on", choices=("kind", "gke"), default="kind", help="where; default kind")
        gke.add_options(made[name], name)
    made["up"].add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SETTING=VALUE",
        help="another setting for synth, such as timing=safe",
    )
    made["up"].add_argument(
        "--allow-unsafe-timing",
        action="store_true",
        help="as synth has it: take --set timing=bitnami, only to measure a baseline",
    )
    made["up"].add_argument("--until", metavar="STEP", help="stop after this step")
    made["images"].add_argument("--registry", metavar="HOST/PATH", help="name the images so, and push them")
    made["images"].add_argument(
        "--tags",
        choices=publish.TAGS,
        default="release",
        help="with --registry: tags of dist/, or of the content",
    )
    return top


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the machine's bring-up lock.

    Raises:
        SystemExit: another bring-up holds it.

    """
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (settings.cache / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("another `python -m cluster` is at work on this machine; wait for it")
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    told = parser().parse_args(arguments)
    console = Console(highlight=False)
    try:
        if getattr(told, "on", "kind") == "gke":
            if _synth(told):
                raise ValueError("--set and --allow-unsafe-timing belong to --on kind; leave them out")
            gke_settings = gke.made(told)
            with only_one(gke_settings):
                return gke.act(told, gke_settings, console)
        if sentence := gke.misplaced(told):
            raise ValueError(sentence)
        plain = Settings(
            root=Path(__file__).resolve().parent.parent,
            cache=cache_dir(os.environ),
            images=getattr(told, "images", "auto"),
            until=getattr(told, "until", None),
            synth=_synth(told),
        )
        settings = for_preset(plain, getattr(told, "preset", "kind"))
        if told.command == "status":
            return status.show(settings, console)
        with only_one(settings):
            return _act(told, settings, console)
    except (StepFailed, ValueError) as error:
        advice = getattr(error, "advice", "")
        sys.exit(f"{error}" + (f"\ntry: {advice}" if advice else ""))


def _synth(told: argparse.Namespace) -> tuple[str, ...]:
    sets = [word for one in getattr(told, "set", ()) for word in ("--set", one)]
    return (*sets, *(("--allow-unsafe-timing",) if getattr(told, "allow_unsafe_timing", False) else ()))


def _act(told: argparse.Namespace, settings: Settings, console: Console) -> int:
    if told.command == "down":
        return status.down(settings, console)
    if told.command == "images" and told.tags == "content" and not told.registry:
        raise ValueError(
            "--tags content needs --registry; the tags of kind's own images are not for a registry"
        )
    source = sources.choose(settings)
    if told.command == "images":
        return (
            0
            if run_steps(publish.steps(settings, source, told.registry, told.tags), settings.logs, console)
            else 1
        )
    succeeded = run_steps(selected(up.steps(settings, source), settings.until), settings.logs, console)
    if succeeded and settings.until is None:
        status.farewell(settings, console)
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
