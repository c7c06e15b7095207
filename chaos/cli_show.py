"""A verdict in words: what was promised, what was found, how it went, and the next command."""

from __future__ import annotations

import math
import textwrap
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chaos.checkers.verdict import Verdict
from chaos.events import Decision, Event, Eviction, FaultMark, Health, Run, Sample
from chaos.history import stream

__all__ = ["FOUND", "INVALID", "PASSED", "UNUSABLE", "code_of", "interesting", "show", "worst"]

PASSED, FOUND, UNUSABLE, INVALID = 0, 1, 2, 3
"""Exit codes."""
SHOWN_LINES = 12
LONGEST = 200
FIGURES = {
    "write_gap": "{:.2f} s",
    "read_gap": "{:.2f} s",
    "rto": "{:.2f} s",
    "redundancy": "{:.1f} s",
    "latency_p99": "{:.3f} s",
    "acknowledged": "{:.0f}",
    "lateness_p99": "{:.3f} s",
    "steal_max": "{:.0%}",
    "busy_mean": "{:.0%}",
}
"""What people are shown, in this order; the rest is in the verdict's file."""


def code_of(verdict: Verdict) -> int:
    """Return the exit code of one verdict."""
    if not verdict.valid:
        return INVALID
    return FOUND if verdict.findings else PASSED


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of several; a finding tells more than a run that says nothing."""
    return max(codes, key=(PASSED, INVALID, FOUND, UNUSABLE).index, default=PASSED)


def show(console: Console, verdict: Verdict, path: Path) -> None:
    """Print it."""

    def say(text: str, style: str = "") -> None:
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    name = verdict.run.experiment
    if not verdict.valid:
        say(f"INVALID  {name}: the run says nothing, run it again", "bold yellow")
        for why in verdict.invalid_because:
            say(f"  {why}")
    if verdict.findings:
        say(f"FAILED   {name}", "bold red")
        for finding in verdict.findings:
            say(f"  {finding.checker}: {finding.what} ({finding.count})")
            for example in finding.examples:
                say(f"    {example}")
        say("  the end of its history, in seconds since the first fault, or since its start:")
        for line in interesting(stream(path)):
            say(f"    {line}")
    elif verdict.valid:
        say(f"PASSED   {name}", "bold green")
    console.print(_figures(verdict))
    say(f"  history: {path}")
    if verdict.findings or not verdict.valid:
        say(f"  next: `python -m chaos judge {path}` judges it again,")
        say("        `python -m chaos report` draws it, `python -m chaos heal` puts the target right")


def _figures(verdict: Verdict) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    for kind, form in FIGURES.items():
        for name, figure in sorted(verdict.figures.items()):
            if name.split(".")[0] == kind:
                bound = verdict.run.bounds.get(name, verdict.run.bounds.get(kind))
                allowed = "" if bound is None else f"at most {bound:g} s"
                table.add_row(f"  {name}", form.format(figure), allowed)
    return table


def interesting(events: Iterable[Event]) -> list[str]:
    """Return all faults and the last of the other lines that people want to see.

    They are timed from the first fault, or from the start of the run without one.
    """
    zeros: dict[type[Event], float] = {}
    faults: list[tuple[float, str]] = []
    others: deque[tuple[float, str]] = deque(maxlen=SHOWN_LINES)
    for at, text, event in _changes(events):
        if isinstance(event, Run | FaultMark):
            zeros[type(event)] = min(at, zeros.get(type(event), math.inf))
        (faults if isinstance(event, FaultMark) else others).append((at, text))
    zero = zeros.get(FaultMark, zeros.get(Run, 0.0))
    shown = sorted([*faults, *others])
    return [f"{at - zero:+8.2f}  {textwrap.shorten(text, LONGEST, placeholder=' ...')}" for at, text in shown]


def _changes(events: Iterable[Event]) -> Iterator[tuple[float, str, Event]]:
    roles: dict[str, str] = {}
    troubles: tuple[str, ...] | None = None
    for event in events:
        match event:
            case Run():
                yield event.at, f"{event.run} begins", event
            case FaultMark():
                yield event.at, f"{event.action} {event.name} on {event.on}", event
            case Decision():
                yield event.at, f"{event.source}: {event.text}", event
            case Eviction(dry_run=False):
                yield event.at, f"eviction of {event.pod} answered {event.status}", event
            case Health() if event.troubles != troubles:
                troubles = event.troubles
                yield event.at, "; ".join(troubles) or "healthy", event
            case Sample() if event.role != roles.get(event.member):
                if event.member in roles:
                    yield event.at, f"{event.member} is {event.role} {event.error}".rstrip(), event
                roles[event.member] = event.role
