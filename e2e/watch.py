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
from e2e.platform import Platform

__all__ = ["Watch", "watching"]

SQL_RATE = 20.0
HTTP_RATE = 4.0
STEADY_WRITES = 20
LATE_S = 0.1
"""A generator later than this (99th percentile) measures itself; the run is then invalid."""


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
        """Wait until every workload has been acknowledged several times, counted from `since`."""

        def acknowledged() -> dict[str, int]:
            done = [op for op in self.seen() if op.outcome == "ok" and op.intended > since]
            return {name: sum(op.workload == name for op in done) for name in ("pgpool", "todos")}

        eventually(
            acknowledged,
            lambda seen: seen["pgpool"] >= STEADY_WRITES and seen["todos"] >= STEADY_WRITES / 5,
            within=DEADLINES.first_writes if since == 0.0 else DEADLINES.promoted,
        )

    def gaps(self, fault_at: float) -> dict[str, float]:
        """Return each workload's write gap in seconds."""
        return {name: round(write_gap(self.seen(name), fault_at), 3) for name in ("pgpool", "todos")}

    def judge(self) -> dict[str, list[str]]:
        """Return everything that is wrong with the data; to be asked when the platform is healthy again.

        Every server must have all that was acknowledged, not only the one that is asked first.
        """
        late = lateness(self.seen())
        assert late <= LATE_S, f"the generator was {late:.3f} s late, the run says nothing; {self.path}"
        present = {pod: self.platform.ledger_of(pod).values(self.run) for pod in self.platform.members}
        wrong: dict[str, list[str]] = {}
        for pod, values in present.items():
            wrong |= _judge(pod, self.seen("pgpool"), values)
        wrong |= _judge("todos", self.seen("todos"), self.platform.todos().values(f"{self.run}-t"))
        return wrong


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
    run = f"{time.strftime('%H%M%S')}-{uuid.uuid4().hex[:6]}"
    path = folder / f"{run}.jsonl"
    with ExitStack() as stack:
        history = stack.enter_context(History(path))
        ledger = platform.ledger()
        stack.enter_context(Writer(ledger, history, run=run, rate=SQL_RATE))
        stack.enter_context(Writer(platform.todos(), history, run=f"{run}-t", rate=HTTP_RATE))
        watch = Watch(platform, path, run, history)
        watch.wait_steady()
        yield watch
