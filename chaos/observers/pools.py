"""What every pgpool pod believes of the members, five times a second, through a door of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chaos.events import PoolView
from chaos.history import History
from chaos.observers.pools_line import Line, Unanswered

__all__ = ["QUESTION", "Pools", "look", "view_of"]

EVERY_S = 0.2
REFRESH_S = 1.0
QUESTION = "SHOW POOL_HEALTH_CHECK_STATS"
"""Status and role of each backend out of shared memory (0.4 ms). SHOW POOL_NODES says the same, but asks every
server each time (15 ms, three new sessions), and hangs as long as a frozen one does."""
_HOST, _STATUS, _ROLE = 1, 3, 4


def view_of(pod: str, at: float, rows: Iterable[tuple[Any, ...]]) -> PoolView:
    """Return the view in pgpool's answer; a backend is called by the first label of its host's name."""
    backends = {str(row[_HOST]).split(".", 1)[0]: row for row in rows}
    status = {member: str(row[_STATUS]) for member, row in backends.items()}
    return PoolView(pod, at, status, {member: str(row[_ROLE]) for member, row in backends.items()})


def look(pod: str, line: Line) -> PoolView:
    """Ask one pgpool pod."""
    at = time.monotonic()
    try:
        return view_of(pod, at, line.ask(QUESTION))
    except Unanswered as error:
        return PoolView(pod, at, error=str(error))


@dataclass(frozen=True)
class Pools:
    """The views of all pgpool pods, each asked by a thread of its own: a silent one delays no other."""

    doors: Callable[[], Mapping[str, Line]]
    """Opens a door to every pod there is, and returns a new line through each; asked once a second."""
    every_s: float = EVERY_S
    name: str = "pools"

    def observe(self, history: History, stop: threading.Event) -> None:
        """Look until `stop`; a pod that is gone is asked no more."""
        watched: dict[str, tuple[threading.Event, threading.Thread]] = {}
        while not stop.is_set():
            lines = self.doors()
            for pod in set(watched) - set(lines):
                watched.pop(pod)[0].set()
            for pod in set(lines) - set(watched):
                gone = threading.Event()
                thread = threading.Thread(
                    target=self._watch, args=(pod, lines[pod], history, stop, gone), daemon=True
                )
                watched[pod] = (gone, thread)
                thread.start()
            stop.wait(REFRESH_S)
        for _, thread in watched.values():
            thread.join()

    def _watch(
        self, pod: str, line: Line, history: History, stop: threading.Event, gone: threading.Event
    ) -> None:
        due = time.monotonic()
        with line:
            while not stop.wait(max(0.0, due - time.monotonic())) and not gone.is_set():
                history.append(look(pod, line))
                due = max(due + self.every_s, time.monotonic())
