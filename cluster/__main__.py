"""`python -m cluster up | down | status | images`."""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from cluster import up
from cluster.settings import IMAGE_SOURCES, Settings, cache_dir
from cluster.steps import run_steps, selected


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser(prog="python -m cluster", description="A kind cluster with the platform on it.")
    commands = top.add_subparsers(dest="command", required=True)
    up_parser = commands.add_parser("up", help="bring everything up; safe to run again at any time")
    up_parser.add_argument("--images", choices=IMAGE_SOURCES, default="auto", help="where node and base images come from")
    up_parser.add_argument("--until", metavar="STEP", help="stop after this step")
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
    settings = Settings(
        root=Path(__file__).resolve().parent.parent,
        cache=cache_dir(os.environ),
        images=told.images,
        until=told.until,
    )
    console = Console(highlight=False)
    with only_one(settings):
        try:
            steps = selected(up.steps(settings), settings.until)
        except ValueError as error:
            sys.exit(str(error))
        return 0 if run_steps(steps, settings.logs, console) else 1


if __name__ == "__main__":
    sys.exit(main())
