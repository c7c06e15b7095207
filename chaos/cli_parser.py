"""The command line of `python -m chaos`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from chaos.cli_targets import add_target_options
from chaos.experiment import names

__all__ = ["COMMANDS", "parser"]

EPILOG = "exit codes: 0 passed, 1 findings, 2 unusable input, 3 the run says nothing, 130 interrupted"
COMMANDS = {
    "run": "run an experiment and judge it",
    "soak": "random faults, one to three at once, for some minutes",
    "judge": "judge stored histories again",
    "replay": "break the same things again as a history tells",
    "report": "one HTML file and one JSON over all histories",
    "heal": "put right whatever any run left broken",
    "mutants": "take out one safety at a time and see its checker go red",
}


def parser() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the command line, and its part for each command."""
    top = argparse.ArgumentParser(
        prog="python -m chaos",
        description="Breaks a database on purpose and judges what its clients saw.",
        epilog=EPILOG,
    )
    parsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {
        name: parsers.add_parser(name, help=help_, description=help_, epilog=EPILOG)
        for name, help_ in COMMANDS.items()
    }
    _run(made["run"])
    _soak(made["soak"])
    for name in ("run", "soak"):
        made[name].add_argument(
            "--share",
            type=_share,
            default=1.0,
            metavar="X",
            help="of the experiment's clients, for a machine that all of them keep busy; stands in the report",
        )
    made["judge"].add_argument("histories", nargs="+", type=Path, metavar="HISTORY")
    made["judge"].add_argument("--json", action="store_true", help="one JSON line each instead of words")
    made["replay"].add_argument("history", type=Path, metavar="HISTORY")
    for name in ("run", "soak", "replay", "heal"):
        add_target_options(made[name])
    return top, made


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument("experiment", help=f"a .yaml file, or one of {', '.join(names())}")
    command.add_argument(
        "--repeats",
        type=_count,
        metavar="N",
        help="until N valid runs of this version are there; default: one more",
    )


def _soak(command: argparse.ArgumentParser) -> None:
    command.add_argument("--minutes", type=_minutes, default=30.0, metavar="N", help="default 30")
    command.add_argument(
        "--seed", type=int, default=1, metavar="S", help="the same seed, the same faults; default 1"
    )
    command.add_argument(
        "--first", type=_count, default=1, metavar="N", help="begin with this round; default 1"
    )
    command.add_argument(
        "--rounds", type=_count, metavar="N", help="no more than so many; default: any number"
    )
    command.add_argument(
        "--single",
        action="store_true",
        help="one fault a round, each kind as often as the others; the next begins when all is well again",
    )
    command.add_argument("--stop", action="store_true", help="stop at the first round that does not pass")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0, at most 1")
    return share


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0")
    return minutes
