"""Runs the steps of a bring-up: shows each with its time and log, and stops at the first that fails."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from cluster.shell import Shell, StepFailed

TAIL_LINES = 15
GO_ON = "the same command again, it goes on where this stopped; when it stops here again, read the log"


@dataclass(frozen=True)
class Step:
    """One step: `ensure` makes its result true and returns in a few words what it found or did."""

    name: str
    title: str
    ensure: Callable[[Shell], str]


def selected(steps: Sequence[Step], until: str | None) -> list[Step]:
    """Return the steps up to and with the one named `until`.

    Raises:
        ValueError: there is no such step.

    """
    names = [s.name for s in steps]
    if until is None:
        return list(steps)
    if until not in names:
        raise ValueError(f"--until {until}: there is no such step, the steps are {', '.join(names)}")
    return list(steps[: names.index(until) + 1])


def relevant_tail(log: str, lines: int = TAIL_LINES) -> list[str]:
    """Return the last lines of a log that say something, cut to a readable length."""
    return [line[:300] for line in log.splitlines() if line.strip()][-lines:]


def duration(seconds: float) -> str:
    """Return a duration as people read it: `0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def run_steps(steps: Sequence[Step], logs: Path, console: Console) -> bool:
    """Run the steps in order and tell whether all of them succeeded."""
    begun = time.monotonic()
    for number, step in enumerate(steps, 1):
        started = time.monotonic()
        label = f"{number}/{len(steps)} {escape(step.title)}"
        log = logs / f"{number:02d}-{step.name}.log"
        try:
            with console.status(f"{label} [dim](log {log})[/]") as spinner:
                shell = Shell(log, _shower(label, console, spinner, started))
                outcome = step.ensure(shell)
        except StepFailed as failure:
            _explain(failure, label, log, time.monotonic() - started, console)
            return False
        took = duration(time.monotonic() - started)
        console.print(f"[green]ok[/] {label}: {escape(outcome)} [dim]({took}, log {log})[/]", soft_wrap=True)
    console.print(f"[bold]all of it took {duration(time.monotonic() - begun)}[/]")
    return True


def _shower(label: str, console: Console, spinner: Status, started: float) -> Callable[[str], None]:
    """Return what shows progress: in the spinner of a terminal, as a line of its own elsewhere."""

    def show(text: str) -> None:
        if console.is_terminal:
            spinner.update(f"{label}: {escape(text)}")
        else:
            line = f"   {label}: {escape(text)} (at {duration(time.monotonic() - started)})"
            console.print(f"[dim]{line}[/]", soft_wrap=True)

    return show


def _explain(failure: StepFailed, label: str, log: Path, seconds: float, console: Console) -> None:
    console.print(f"[red]failed[/] {label} [dim]({duration(seconds)})[/]")
    for line in relevant_tail(log.read_text(errors="replace")):
        console.print(f"  [dim]{escape(line)}[/]", soft_wrap=True)
    console.print(f"[red bold]{escape(str(failure))}[/]", soft_wrap=True)
    console.print(f"[bold]try:[/] {escape(failure.advice or GO_ON)}", soft_wrap=True)
    console.print(f"log: {log}", soft_wrap=True)
