"""The machine the runner is on: a busy or stolen core stretches every figure, so it stands beside them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from chaos.events import Machine
from chaos.history import History

__all__ = ["MachineLoad", "Ticks", "share"]

STAT = Path("/proc/stat")


@dataclass(frozen=True)
class Ticks:
    """Clock ticks of all cores since boot."""

    total: int
    idle: int
    steal: int

    @classmethod
    def parse(cls, text: str) -> Ticks:
        """Read the first line of /proc/stat: user nice system idle iowait irq softirq steal (proc(5)).

        What guests used follows it and is contained in user and nice.
        """
        numbers = [int(number) for number in text.split("\n", 1)[0].split()[1:9]]
        return cls(total=sum(numbers), idle=numbers[3] + numbers[4], steal=numbers[7])


def share(before: Ticks, after: Ticks, at: float) -> Machine:
    """Return how busy all cores were between two looks, and how much the host took away."""
    total, idle, steal = after.total - before.total, after.idle - before.idle, after.steal - before.steal
    whole = max(1, total)
    return Machine(at, busy=round((total - idle - steal) / whole, 4), steal=round(steal / whole, 4))


class MachineLoad:
    """Looks once a second by default."""

    name = "machine"

    def __init__(self, every_s: float = 1.0) -> None:
        self._every_s = every_s

    def observe(self, history: History, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        before = Ticks.parse(STAT.read_text())
        while not stop.wait(self._every_s):
            after = Ticks.parse(STAT.read_text())
            history.append(share(before, after, time.monotonic()))
            before = after
