import threading
from pathlib import Path

import pytest

from chaos.clients.tests.driving import eventually
from chaos.events import Machine
from chaos.history import History, read
from chaos.observers.machine import MachineLoad, Ticks, share

STAT = "cpu  100 10 50 700 40 5 5 90 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"


def test_waiting_for_a_disk_is_idle_and_what_the_host_took_is_stolen() -> None:
    assert Ticks.parse(STAT) == Ticks(total=1000, idle=740, steal=90)


@pytest.mark.parametrize(
    ("after", "busy", "steal"),
    [
        (Ticks(200, 100, 0), 0.0, 0.0),
        (Ticks(200, 0, 0), 1.0, 0.0),
        (Ticks(200, 50, 25), 0.25, 0.25),
        (Ticks(100, 0, 0), 0.0, 0.0),  # no tick between two looks
    ],
)
def test_shares_are_of_all_cores(after: Ticks, busy: float, steal: float) -> None:
    assert share(Ticks(100, 0, 0), after, at=1.0) == Machine(1.0, busy, steal)


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    stop = threading.Event()
    with History(tmp_path / "h") as history:
        thread = threading.Thread(target=MachineLoad(0.05).observe, args=(history, stop))
        thread.start()
        eventually(lambda: bool(read(tmp_path / "h")))
        stop.set()
        thread.join()
    [first, *_] = read(tmp_path / "h")
    assert isinstance(first, Machine)
    assert 0 <= first.busy + first.steal <= 1
