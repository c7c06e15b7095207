"""The command `soak`: rounds of random faults, a verdict each, and a table at the end."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Container, Sequence
from contextlib import closing

from rich.table import Table

from chaos.cli_commands import Session
from chaos.cli_show import INVALID, code_of, show, worst
from chaos.cli_targets import open_target
from chaos.experiment import FaultStep, load
from chaos.settings import SettingsError
from chaos.soak import BASE, SINGLE, SOAK, Round, rounds, steps_of

__all__ = ["soak"]


def soak(session: Session, told: argparse.Namespace) -> int:
    """Break at random until the time or the rounds are over, or at the first round that does not pass with --stop."""
    if told.dry_run:
        raise SettingsError("A soak has no --dry-run: try it with `run` and one experiment.")
    if told.dsn:
        raise SettingsError("A soak needs --on kind; with --dsn, try `run command --repeats N`.")
    ended: list[Round] = []
    try:
        with (
            open_target(told, session.settings, session.progress) as target,
            closing(
                rounds(
                    target,
                    load(BASE).slowed(told.share),
                    _plan(told, target.fault_kinds()),
                    name=SINGLE if told.single else SOAK,
                    build=session.settings.build,
                    seed=told.seed,
                    first=told.first,
                    last=told.first + told.rounds - 1 if told.rounds else math.inf,
                    until=time.monotonic() + 60 * told.minutes,
                    progress=session.progress,
                )
            ) as going,
        ):
            for one in going:
                ended.append(one)
                _show(session, one)
                if told.stop and not one.passed:
                    break
    finally:
        session.console.print(table(ended))
    return worst(code_of(one.done.verdict) if one.done else INVALID for one in ended)


def _plan(told: argparse.Namespace, known: Container[str]) -> Callable[[int], Sequence[FaultStep]]:
    # Imported late, as all that only kind needs.
    from chaos.faults.kinds import KINDS
    from chaos.faults.plan import random_plan, single_plan

    # Whatever of it this target has: the same seed is the same soak on the same target.
    kinds, plan = [kind for kind in KINDS if kind in known], single_plan if told.single else random_plan
    return lambda number: steps_of(plan(told.seed, number, kinds=kinds))


def _show(session: Session, one: Round) -> None:
    if one.done:
        show(session.console, one.done.verdict, one.path)
    else:
        session.say(one.why)


def table(ended: Sequence[Round]) -> Table:
    """Return all rounds at a glance."""
    found = Table("round", "faults", "verdict", "longest gap", "redundancy", "history", title="soak")
    for one in ended:
        faults = "\n".join(f"{step.kind} on {step.on}" for step in one.steps)
        if not one.done:
            found.add_row(str(one.number), faults, one.why, "", "", str(one.path))
            continue
        verdict = one.done.verdict
        said = ", ".join(dict.fromkeys(f.checker for f in verdict.findings)) or "; ".join(
            verdict.invalid_because
        )
        gap = max((v for k, v in verdict.figures.items() if k.startswith("write_gap")), default=0.0)
        well = verdict.figures.get("redundancy", 0.0)
        found.add_row(
            str(one.number), faults, said or "passed", f"{gap:.1f} s", f"{well:.1f} s", str(one.path)
        )
    return found
