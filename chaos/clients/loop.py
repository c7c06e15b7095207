"""One thread's loop: many steps that wait for sockets, and calls at given times that no step can hold up."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, TypeVar

from chaos.clients.workload import NOTHING, Wait

__all__ = ["Loop"]

EVENTS = {"read": selectors.EVENT_READ, "write": selectors.EVENT_WRITE}
T = TypeVar("T")


class _Running:
    """A step under way and what it waits for."""

    __slots__ = ("deadline", "ended", "fd", "step")

    def __init__(self, step: Generator[Wait, bool, Any], ended: Callable[[Any], None]) -> None:
        self.step, self.ended = step, ended
        self.fd = NOTHING
        self.deadline: float | None = None


class Loop:
    """Drives steps and calls; every method but `wake` belongs to one thread, and `close` to whoever outlives it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._deadlines: list[tuple[float, int, _Running]] = []
        self._order = itertools.count()
        self._running: set[_Running] = set()
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)
        self._selector.register(self._ear, selectors.EVENT_READ)

    @property
    def under_way(self) -> int:
        """How many steps have not ended."""
        return len(self._running)

    def start(self, step: Generator[Wait, bool, T], ended: Callable[[T], None]) -> None:
        """Begin a step at once; `ended` is called with what it returns. A step's own error ends the loop."""
        running = _Running(step, ended)
        self._running.add(running)
        self._advance(running, None)

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Call at a time of the monotonic clock."""
        heapq.heappush(self._calls, (when, next(self._order), call))

    def wake(self) -> None:
        """End a `turn` that waits, from any thread, before `close`."""
        with suppress(BlockingIOError):
            os.write(self._mouth, b"x")

    def turn(self) -> None:
        """Wait until anything is due or has come, and handle it."""
        # What came is handled before what is overdue: an answer that lay here while the loop was late came in time.
        for key, _ in self._selector.select(self._pause()):
            if key.data is None:
                os.read(self._ear, 4096)
                continue
            self._selector.unregister(key.fd)
            self._advance(key.data, True)
            # A crowd of answers holds up no schedule, and a schedule that cannot be kept no answers: both would be
            # late alike, so that the lateness of the one also bounds that of the other.
            self._call_due(1)
        self._call_due(len(self._calls))
        self._expire()

    def close(self) -> None:
        """End every step where it stands, and the loop."""
        for running in self._running:
            running.step.close()
        self._running.clear()
        self._selector.close()
        os.close(self._ear)
        os.close(self._mouth)

    def _pause(self) -> float | None:
        nearest = [heap[0][0] for heap in (self._calls, self._deadlines) if heap]
        return max(0.0, min(nearest) - time.monotonic()) if nearest else None

    def _call_due(self, most: int) -> None:
        for _ in range(most):
            if not self._calls or self._calls[0][0] > time.monotonic():
                return
            heapq.heappop(self._calls)[2]()

    def _expire(self) -> None:
        now = time.monotonic()
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, _, running = heapq.heappop(self._deadlines)
            if running in self._running and running.deadline == deadline:
                running.deadline = None
                if running.fd != NOTHING:
                    self._selector.unregister(running.fd)
                self._advance(running, False)

    def _advance(self, running: _Running, came: bool | None) -> None:
        try:
            wait = next(running.step) if came is None else running.step.send(came)
        except StopIteration as end:
            self._running.discard(running)
            running.ended(end.value)
            return
        except BaseException:
            self._running.discard(running)
            raise
        running.fd = wait.fd
        if wait.fd != NOTHING:
            self._selector.register(wait.fd, EVENTS[wait.interest], running)
        if wait.deadline != running.deadline:
            running.deadline = wait.deadline
            heapq.heappush(self._deadlines, (wait.deadline, next(self._order), running))
