import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chaos.checkers.generator import LATE_S, quantile
from chaos.clients.generator import Generator
from chaos.clients.ledger import Ledger, Probe, SessionLedger
from chaos.clients.process import prefer_thread
from chaos.clients.reads import LedgerReads
from chaos.clients.tests.driving import acknowledged, recorded
from chaos.clients.workload import NOTHING, Chore, Step, Task, Wait
from chaos.conftest import Postgres
from chaos.events import Attempt, Operation, Read
from chaos.history import History

PROMISED_S = 0.01


@dataclass
class Made:
    """A workload without a database: every attempt waits `takes_s`, or blocks the loop."""

    name: str = "made"
    rate: float = 100
    takes_s: float = 0.0
    blocks_s: float = 0.0
    timeout_s: float = 2.0
    opens_s: float = 0.0
    skips: bool = False
    told: list[str] = field(default_factory=list)
    opened_at: float = 0.0
    closed: bool = False

    def task(self, run: str, number: int) -> Task | None:
        if self.skips and number % 2:
            return None
        return Task(f"{run}-{number}", "write", "s", lambda: self.attempt(number))

    def attempt(self, number: int) -> Step:
        time.sleep(0 if number % 10 else self.blocks_s)
        yield Wait(NOTHING, "read", time.monotonic() + self.takes_s)
        return Attempt("ok", server="here")

    def done(self, task: Task, attempt: Attempt) -> None:
        self.told.append(task.value)

    def chores(self) -> Sequence[Chore]:
        return () if self.opened_at else (self.opening(),)

    def opening(self) -> Chore:
        self.opened_at = float("inf")
        yield Wait(NOTHING, "read", time.monotonic() + self.opens_s)
        self.opened_at = time.monotonic()

    def close(self) -> None:
        self.closed = True


class Broken(Made):
    def attempt(self, number: int) -> Step:
        raise ZeroDivisionError("broken")


def late(done: Sequence[Operation | Read]) -> float:
    return quantile((op.sent - op.intended for op in done), 0.99)


def test_blocked_attempts_stretch_nothing(tmp_path: Path) -> None:
    done = recorded(tmp_path / "h", "r", [Made(takes_s=0.3)], acknowledged("made", 10))
    intended = sorted(op.intended for op in done)
    assert len(done) > 30  # a schedule that waited would have begun 10
    assert intended == pytest.approx([intended[0] + n / 100 for n in range(len(done))])


def test_latency_counts_from_the_intended_start(tmp_path: Path) -> None:
    done = recorded(tmp_path / "h", "r", [Made(takes_s=0.1)], acknowledged("made", 1))
    assert all(op.latency >= 0.1 and op.intended <= op.sent for op in done)


def test_a_generator_that_is_held_up_is_late_and_says_so(tmp_path: Path) -> None:
    done = recorded(tmp_path / "h", "r", [Made(blocks_s=0.08)], acknowledged("made", 10))
    assert late(done) > LATE_S


def test_every_value_is_tried_once_and_what_is_under_way_is_waited_for(tmp_path: Path) -> None:
    made = Made(takes_s=0.1)
    done = recorded(tmp_path / "h", "r", [made], acknowledged("made", 5))
    expected = Counter(f"r-{number}" for number in range(len(done)))
    assert Counter(op.value for op in done) == Counter(made.told) == expected


def test_the_schedule_begins_when_the_sessions_are_open(tmp_path: Path) -> None:
    made = Made(opens_s=0.1)
    done = recorded(tmp_path / "h", "r", [made], acknowledged("made", 1))
    assert min(op.intended for op in done) >= made.opened_at


def test_nobody_waits_long_for_sessions_that_cannot_be_opened(tmp_path: Path) -> None:
    stuck = Made(opens_s=60, timeout_s=0.1)
    assert recorded(tmp_path / "h", "r", [stuck], acknowledged("made", 1))
    assert stuck.closed


def test_a_workload_may_have_nothing_to_do(tmp_path: Path) -> None:
    done = recorded(tmp_path / "h", "r", [Made(skips=True)], acknowledged("made", 3))
    assert {op.value for op in done} == {f"r-{2 * number}" for number in range(len(done))}


def test_an_error_of_the_instrument_is_no_outcome(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        recorded(tmp_path / "h", "r", [Broken()], acknowledged("made", 1))


def test_workloads_must_have_names_of_their_own(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history, pytest.raises(ValueError, match="name them apart"):
        Generator([Made(), Made()], history, "r")


def test_all_workloads_together_lose_nothing_on_a_healthy_server(postgres: Postgres, tmp_path: Path) -> None:
    ends, login = [postgres.endpoint], postgres.login
    fresh, opened = Ledger("fresh", 40, ends, login), SessionLedger("opened", 40, ends, login, sessions=4)
    reads = LedgerReads("reads", 40, ends, login, fresh, fresh=True)
    probe = Probe("here", postgres.endpoint, login)
    done = recorded(tmp_path / "h", "all", [fresh, opened, reads, probe], acknowledged("probe@here", 3))
    assert {op.outcome for op in done} == {"ok"}
    assert {op.server for op in done} == {"here"}
    assert postgres.stored("all") == sorted(op.value for op in done if isinstance(op, Operation))
    assert all(read.found for read in done if isinstance(read, Read) and read.value in _before(done, read))


def _before(done: Sequence[Operation | Read], read: Read) -> set[str]:
    """What had been acknowledged when the read began."""
    return {op.value for op in done if isinstance(op, Operation) and op.completed < read.sent}


def test_a_thousand_operations_a_second_begin_on_time(postgres: Postgres, tmp_path: Path) -> None:
    """Where the kernel lets nobody be preferred, a busy machine is late, and there is room for that."""
    ledger = SessionLedger("opened", 1000, [postgres.endpoint], postgres.login, sessions=64)
    done = recorded(tmp_path / "h", "fast", [ledger], acknowledged("opened", 1500))
    with ThreadPoolExecutor(1) as thread:
        bound = PROMISED_S if thread.submit(prefer_thread).result() else LATE_S
    assert late(done) <= bound
    assert len(done) / (done[-1].intended - done[0].intended) == pytest.approx(1000, rel=0.05)
