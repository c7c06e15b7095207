"""The writers that run while something is broken, and the judgement over what they saw."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos.checkers import duplicated, lateness, lost, unexpected, write_gap
from chaos.history import History, operations, read
from chaos.ops import Fault, Operation
from chaos.writer import Writer
from e2e.deadlines import DEADLINES, eventually
from e2e.platform import MARK, Platform

__all__ = ["Watch", "watching"]

RATES = {"pgpool": 20.0, "direct": 10.0, "todos": 2.0}
"""Attempts a second; design.md measures its targets at 20 through pgpool, and two cores carry it all."""
LATE_S = 0.5
"""A generator later than this (99th percentile) measures itself; the run is then invalid. Two cores that
carry the cluster too were 0.0-0.3 s late while a node returned."""


@dataclass(frozen=True)
class Watch:
    """One run under way."""

    platform: Platform
    path: Path
    run: str
    history: History

    def fault(self, name: str, target: str, at: float) -> None:
        """Write down what was broken and when."""
        self.history.append(Fault(name, "inject", at, target))

    def seen(self, workload: str | None = None) -> list[Operation]:
        """Return what was seen so far."""
        return [op for op in operations(read(self.path)) if workload in (None, op.workload)]

    def wait_steady(self, since: float = 0.0) -> None:
        """Wait until every workload has a second's worth of acknowledgements, counted from `since`."""

        def acknowledged() -> dict[str, int]:
            done = [op for op in self.seen() if op.outcome == "ok" and op.intended > since]
            return {name: sum(op.workload == name for op in done) for name in RATES}

        eventually(
            acknowledged,
            lambda seen: all(seen[name] >= rate for name, rate in RATES.items()),
            within=DEADLINES.first_writes if since == 0.0 else DEADLINES.promoted,
        )

    def gaps(self, fault_at: float) -> dict[str, float]:
        """Return each workload's write gap and the generator's own delay, in seconds."""
        found = {name: round(write_gap(self.seen(name), fault_at), 3) for name in RATES}
        return found | {"generator_late": round(lateness(self.seen()), 3)}

    def judge(self) -> dict[str, list[str]]:
        """Return everything that is wrong with the data; to be asked when the platform is healthy again.

        Every server must have all that was acknowledged, not only the one that is asked first.
        """
        late = lateness(self.seen())
        assert late <= LATE_S, f"the generator was {late:.3f} s late, the run says nothing; {self.path}"
        wrong: dict[str, list[str]] = {}
        rows = [*self.seen("pgpool"), *self.seen("direct")]
        for pod in self.platform.members:
            wrong |= _judge(pod, rows, self.platform.ledger_of(pod).values(self.run))
        return wrong | _judge("todos", self.seen("todos"), self.platform.todos().values(self.run))


def _judge(where: str, done: list[Operation], present: list[str]) -> dict[str, list[str]]:
    found = {
        f"lost on {where}": lost(done, present),
        f"unexpected on {where}": unexpected(done, present),
        f"duplicated on {where}": duplicated(present),
    }
    return {what: values for what, values in found.items() if values}


@contextmanager
def watching(platform: Platform, folder: Path) -> Iterator[Watch]:
    """Write through pgpool and through the application until the block ends."""
    run = f"{MARK}{time.strftime('%H%M%S')}-{uuid.uuid4().hex[:6]}"
    path = folder / f"{run}.jsonl"
    with ExitStack() as stack:
        history = stack.enter_context(History(path))
        for workload in (platform.ledger(), platform.direct(), platform.todos()):
            values = f"{run}-{workload.name}"
            writer = Writer(workload, history, run=values, rate=RATES[workload.name])
            stack.enter_context(writer)
        watch = Watch(platform, path, run, history)
        watch.wait_steady()
        yield watch
