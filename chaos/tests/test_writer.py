import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chaos.checkers import lateness
from chaos.history import History, operations, read
from chaos.ops import Attempt, Operation
from chaos.writer import Writer


@dataclass(frozen=True)
class Slow:
    """Takes its time."""

    takes_s: float = 0.0
    timeout_s: float = 0.5
    name: str = "slow"
    seen: list[str] = field(default_factory=list)

    def attempt(self, value: str) -> Attempt:
        time.sleep(self.takes_s)
        self.seen.append(value)
        return Attempt("ok")


class Broken(Slow):
    def attempt(self, value: str) -> Attempt:
        raise ZeroDivisionError(value)


def run(workload: Slow, path: Path, seconds: float, rate: float = 50) -> list[Operation]:
    with History(path) as history, Writer(workload, history, run="r", rate=rate):
        time.sleep(seconds)
    return operations(read(path))


def test_blocked_attempts_stretch_nothing(tmp_path: Path) -> None:
    done = run(Slow(takes_s=0.4), tmp_path / "h", seconds=0.5)
    intended = sorted(op.intended for op in done)
    assert intended == pytest.approx([intended[0] + n / 50 for n in range(len(done))])
    assert len(done) >= 20
    assert lateness(done) < 0.1


def test_latency_counts_from_the_intended_start(tmp_path: Path) -> None:
    done = run(Slow(takes_s=0.2), tmp_path / "h", seconds=0.1)
    assert all(op.latency >= 0.2 and op.intended <= op.sent for op in done)


def test_a_workload_that_breaks_its_own_deadline_is_seen_as_lateness(tmp_path: Path) -> None:
    done = run(Slow(takes_s=0.5, timeout_s=0.02), tmp_path / "h", seconds=0.3)
    assert lateness(done) > 0.3


def test_every_value_is_tried_once_and_what_is_under_way_is_waited_for(tmp_path: Path) -> None:
    workload = Slow(takes_s=0.1)
    done = run(workload, tmp_path / "h", seconds=0.2)
    assert (
        sorted(workload.seen) == sorted(op.value for op in done) == sorted(f"r-{n}" for n in range(len(done)))
    )


def test_an_error_of_the_instrument_is_no_outcome(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run(Broken(), tmp_path / "h", seconds=0.1)
