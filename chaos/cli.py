"""What is told, turned into one call, and its end into an exit code."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Protocol, cast

from rich.console import Console

from chaos.cli_commands import HistoryError, Session, heal, judge_files, replay, run
from chaos.cli_parser import parser
from chaos.cli_show import INVALID, UNUSABLE
from chaos.cli_soak import soak
from chaos.clients.process import prefer_this_process
from chaos.experiment import ExperimentError
from chaos.kept import KeptError
from chaos.run_errors import RunError
from chaos.run_progress import Progress
from chaos.run_signals import interrupted_by_signals
from chaos.settings import SettingsError, alone, from_environment
from chaos.targets.base import TargetError

__all__ = ["main"]

INTERRUPTED = 130
Call = Callable[[Session, argparse.Namespace], int]
HERE: Mapping[str, Call] = {"run": run, "soak": soak, "judge": judge_files, "replay": replay, "heal": heal}
ELSEWHERE = {"report": "chaos.report.cli", "mutants": "chaos.mutants.cli"}
"""Commands with a module of their own, imported only when they are called."""
BREAKING = ("run", "soak", "replay", "heal")
"""Only one of them may be at work on a machine."""


class _Module(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def main(self, told: argparse.Namespace) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    top, parts = parser()
    called = arguments[0] if arguments else ""
    if called in ELSEWHERE:
        module = cast(_Module, importlib.import_module(ELSEWHERE[called]))
        module.add_arguments(parts[called])
        return module.main(top.parse_args(arguments))
    told = top.parse_args(arguments)
    try:
        return _here(told)
    except (ExperimentError, HistoryError, KeptError, SettingsError, TargetError) as error:
        return _told(error, UNUSABLE)
    except RunError as error:
        return _told(error, INVALID)
    except KeyboardInterrupt:
        healed = "; what was broken is healed" if told.command in BREAKING else ""
        return _told(f"Interrupted{healed}. A run without a verdict does not count.", INTERRUPTED)


def _here(told: argparse.Namespace) -> int:
    settings, console = from_environment(), Console(highlight=False)
    with ExitStack() as stack:
        if told.command in BREAKING:
            prefer_this_process()
            stack.enter_context(alone(settings))
        stack.enter_context(interrupted_by_signals())
        progress = stack.enter_context(Progress(console))
        return HERE[told.command](Session(settings, console, progress), told)


def _told(why: object, code: int) -> int:
    print(why, file=sys.stderr)
    return code
