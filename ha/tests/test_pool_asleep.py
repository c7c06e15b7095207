import io
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from ha.pool.asleep import asleep, rouse
from ha.pool.process import _forward


@pytest.fixture
def children() -> Iterator[dict[str, int]]:
    """Two real processes: one in sleep(3), one that waits for input."""
    sleeper = subprocess.Popen(["sleep", "60"])
    reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    time.sleep(0.2)
    yield {"sleeps": sleeper.pid, "reads": reader.pid}
    for child in (sleeper, reader):
        child.kill()
        child.communicate()


def test_only_who_sleeps_is_asleep(children: dict[str, int]) -> None:
    assert asleep([*children.values(), 2**22 + 1]) == [children["sleeps"]]


def test_only_who_sleeps_gets_a_signal_until_it_is_awake(children: dict[str, int]) -> None:
    told = []

    def tell(pid: int, sig: int) -> None:
        told.append((pid, sig))
        del children["sleeps"]

    sleeper = children["sleeps"]
    rouse(children.values, tell)
    assert told == [(sleeper, signal.SIGUSR2)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"2026-11-30 20:37:54.84 main: === Failover done. shutdown host postgres-1(5432) ===\n", True),
        (b"2026-11-30 20:37:54.84 main: === Failback done. reconnect host postgres-1(5432) ===\n", True),
        (
            b"2026-11-30 20:37:54.84 main: === Starting degeneration. shutdown host postgres-1(5432) ===\n",
            False,
        ),
    ],
)
def test_the_end_of_a_failover_is_heard_in_the_log(line: bytes, told: bool) -> None:
    heard = threading.Event()
    _forward(io.BytesIO(line), heard.set)
    assert heard.wait(1.0 if told else 0.1) is told
