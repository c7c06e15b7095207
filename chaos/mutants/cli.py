"""`python -m chaos mutants`: which mutants, and what became of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table

from chaos.cli_show import FOUND, INVALID, PASSED, UNUSABLE
from chaos.clients.process import prefer_this_process
from chaos.mutants.deploy import DeployError, RestoreError
from chaos.mutants.results import write
from chaos.mutants.table import MUTANTS, Mutant
from chaos.mutants.verdict import Outcome
from chaos.run_progress import Progress
from chaos.run_signals import interrupted_by_signals
from chaos.settings import Settings, SettingsError, alone, from_environment

__all__ = ["add_arguments", "chosen", "code", "main"]

INTERRUPTED = 130
STYLES = {"killed": "green", "survived": "bold red", "unclear": "bold red", "error": "bold yellow"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let the command be told which mutants."""
    names = ", ".join(MUTANTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {names}")
    parser.add_argument("--list", action="store_true", help="say what there is, and try nothing")
    parser.add_argument("--ci", action="store_true", help="the few that CI has time for; docs/ is left alone")


def chosen(names: Sequence[str], ci: bool) -> list[Mutant]:
    """Return the mutants that are meant. Raises SettingsError for a name there is not."""
    for name in names:
        if name not in MUTANTS:
            raise SettingsError(f"There is no mutant {name}; there are {', '.join(MUTANTS)}.")
    wanted = [MUTANTS[name] for name in names] or list(MUTANTS.values())
    return [mutant for mutant in wanted if mutant.ci or names or not ci]


def code(outcomes: Sequence[Outcome]) -> int:
    """Return the exit code: a mutant that is not killed is a finding, one that was not tried says nothing."""
    words = {outcome.word for outcome in outcomes}
    if words & {"survived", "unclear"}:
        return FOUND
    return INVALID if "error" in words else PASSED


def main(told: argparse.Namespace) -> int:
    """Try the mutants and return the exit code."""
    settings, console = from_environment(), Console(highlight=False)
    outcomes: list[Outcome] = []
    try:
        mutants = chosen(told.names, told.ci)
        if told.list:
            console.print(_listed(mutants))
            return PASSED
        # Imported late: a list needs no client of Kubernetes.
        from chaos.mutants.run import Trial

        prefer_this_process()
        with ExitStack() as stack:
            stack.enter_context(interrupted_by_signals())
            stack.enter_context(alone(settings))
            progress = stack.enter_context(Progress(console))
            for outcome in Trial(settings, progress).outcomes(mutants):
                outcomes.append(outcome)
                _show(console, outcome)
    except (SettingsError, DeployError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except RestoreError as error:
        print(f"The original platform is not back: {error}", file=sys.stderr)
        return INVALID
    except KeyboardInterrupt:
        print("Interrupted; the original platform is back.", file=sys.stderr)
        return INTERRUPTED
    finally:
        _keep(settings, outcomes, console, docs=not told.ci)
    return code(outcomes)


def _keep(settings: Settings, outcomes: Sequence[Outcome], console: Console, *, docs: bool) -> None:
    if outcomes:
        for path in write(settings.cluster.root, outcomes, docs=docs):
            console.print(f"written: {path}", markup=False, soft_wrap=True)


def _show(console: Console, outcome: Outcome) -> None:
    text = f"{outcome.word.upper():8} {outcome.mutant} ({outcome.took_s:.0f} s): {outcome.checker}: {outcome.why}"
    console.print(text, style=STYLES[outcome.word], markup=False, soft_wrap=True)


def _listed(mutants: Sequence[Mutant]) -> Table:
    table = Table("mutant", "safety that is off", "experiment", "checker", "CI", box=None)
    for mutant in mutants:
        table.add_row(mutant.name, mutant.off, mutant.experiment, mutant.red, "yes" if mutant.ci else "")
    return table
