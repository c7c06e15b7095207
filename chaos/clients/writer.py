"""An open-loop writer: a fixed schedule that no slow answer can stretch."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from chaos.history import History
from chaos.ops import Attempt, Operation

__all__ = ["Workload", "Writer"]

SPARE_WORKERS = 4
"""Beyond what the schedule can have in flight: for attempts that end a moment after their deadline."""


class Workload(Protocol):
    """What a writer needs to know of an operation."""

    @property
    def name(self) -> str:
        """As it stands in the history."""

    @property
    def timeout_s(self) -> float:
        """Seconds after which `attempt` has returned, whatever happens."""

    def attempt(self, value: str) -> Attempt:
        """Try once to write `value`; never raises because of the system under test."""


class Writer:
    """Starts an attempt every 1/rate seconds from `__enter__` to `__exit__` and writes each into the history.

    Values are `<run>-<number>`. A blocked attempt holds a worker, and there are enough workers for all
    attempts that can be under way at once; `__exit__` waits for them. An error of the writer's own
    ends the schedule and is raised by `__exit__`.
    """

    def __init__(self, workload: Workload, history: History, *, run: str, rate: float) -> None:
        self._workload, self._history = workload, history
        self._run, self._interval = run, 1 / rate
        self._stop = threading.Event()
        self._due: queue.SimpleQueue[tuple[str, float] | None] = queue.SimpleQueue()
        self._errors: list[Exception] = []
        number = math.ceil(rate * workload.timeout_s) + SPARE_WORKERS
        self._workers = [self._thread(self._work) for _ in range(number)]
        self._scheduler = self._thread(self._schedule)

    def _thread(self, target: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guard, args=(target,), daemon=True)

    def _guard(self, target: Callable[[], None]) -> None:
        try:
            target()
        except Exception as error:  # noqa: BLE001  raised again by __exit__, in the caller's thread
            self._errors.append(error)
            self._stop.set()

    def _schedule(self) -> None:
        began, number = time.monotonic(), 0
        while not self._stop.wait(max(0.0, began + number * self._interval - time.monotonic())):
            self._due.put((f"{self._run}-{number}", began + number * self._interval))
            number += 1

    def _work(self) -> None:
        while (task := self._due.get()) is not None:
            value, intended = task
            sent = time.monotonic()
            attempt = self._workload.attempt(value)
            self._history.append(
                Operation(
                    workload=self._workload.name,
                    value=value,
                    intended=intended,
                    sent=sent,
                    completed=time.monotonic(),
                    outcome=attempt.outcome,
                    error=attempt.error,
                )
            )

    def __enter__(self) -> Writer:
        for thread in (*self._workers, self._scheduler):
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._scheduler.join()
        for _ in self._workers:
            self._due.put(None)
        for worker in self._workers:
            worker.join()
        if self._errors and error is None:
            raise self._errors[0]
