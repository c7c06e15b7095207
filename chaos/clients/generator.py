"""The open-loop generator: fixed schedules that no slow answer can stretch, driven by one thread."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType

from chaos.clients.loop import Loop
from chaos.clients.process import prefer_thread, prefer_threads, release_threads
from chaos.clients.workload import Task, Workload
from chaos.events import Attempt, Operation, Read
from chaos.history import History

__all__ = ["Generator", "made"]

PREFER_S = 0.5
READS = "-read"


class Generator:
    """Starts the operations of all workloads from `__enter__` to `__exit__` and writes each into the history.

    A workload of rate r starts one every 1/r seconds, whatever became of the ones before. `__exit__` waits for
    those under way, at the longest their `timeout_s`. An error of the generator's own (never one of the system
    under test: that is an outcome) ends the schedule and is raised by `counts` and by `__exit__`.
    """

    def __init__(self, workloads: Sequence[Workload], history: History, run: str) -> None:
        names = [workload.name for workload in workloads]
        if len(set(names)) != len(names):
            raise ValueError(f"two workloads have one name: {', '.join(sorted(names))}; name them apart")
        self._workloads, self._history, self._run = workloads, history, run
        self._counts = dict.fromkeys(names, 0)
        self._opening = self._under_way = 0
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._loop = Loop()
        self._thread = threading.Thread(target=self._guard, name="generator", daemon=True)

    @property
    def rates(self) -> Mapping[str, float]:
        """Operations a second by workload."""
        return {workload.name: workload.rate for workload in self._workloads}

    def counts(self) -> Mapping[str, int]:
        """How many operations of each workload have been acknowledged so far; for any thread."""
        if self._error is not None:
            raise self._error
        return dict(self._counts)

    def __enter__(self) -> Generator:
        # A full collection over everything that was ever imported takes longer than an operation may be late.
        gc.collect()
        gc.freeze()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._loop.wake()
        self._thread.join()
        self._loop.close()
        for workload in self._workloads:
            workload.close()
        gc.unfreeze()
        release_threads()
        if self._error is not None and error is None:
            raise self._error

    def _guard(self) -> None:
        try:
            self._drive()
        except Exception as error:  # noqa: BLE001  raised again in the caller's thread
            self._error = error

    def _prefer(self) -> None:
        """Prefer the threads there are, and again those that somebody starts while the clients write."""
        prefer_threads()
        # Attempts that block have threads of their own, and this one waits until each of them runs.
        prefer_thread(heirs=True)
        if not self._stop.is_set():
            self._loop.at(time.monotonic() + PREFER_S, self._prefer)

    def _drive(self) -> None:
        self._prefer()
        for workload in self._workloads:
            self._chores(workload)
        patience = time.monotonic() + max((w.timeout_s for w in self._workloads), default=0)
        self._loop.at(patience, lambda: None)
        while self._opening and time.monotonic() < patience and not self._stop.is_set():
            self._loop.turn()
        began = time.monotonic()
        for place, workload in enumerate(self._workloads):
            # Equal rates do not fall on the same moment.
            first = began + place / (len(self._workloads) * workload.rate)
            self._loop.at(first, partial(self._begin, workload, 0, first))
        while not self._stop.is_set() or self._under_way:
            self._loop.turn()

    def _begin(self, workload: Workload, number: int, first: float) -> None:
        if self._stop.is_set():
            return
        following = first + (number + 1) / workload.rate
        self._loop.at(following, partial(self._begin, workload, number + 1, first))
        task = workload.task(self._run, number)
        if task is None:
            return
        self._under_way += 1
        intended, sent = first + number / workload.rate, time.monotonic()
        self._loop.start(task.start(), partial(self._ended, workload, task, intended, sent))

    def _ended(self, workload: Workload, task: Task, intended: float, sent: float, attempt: Attempt) -> None:
        completed = time.monotonic()
        self._under_way -= 1
        self._counts[workload.name] += attempt.outcome == "ok"
        self._history.append(event_of(workload.name, task, (intended, sent, completed), attempt))
        workload.done(task, attempt)
        self._chores(workload)

    def _chores(self, workload: Workload) -> None:
        for chore in workload.chores():
            self._opening += 1
            self._loop.start(chore, self._chore_ended)

    def _chore_ended(self, _: None) -> None:
        self._opening -= 1


def made(make: Callable[[str, float], Sequence[Workload]], rates: Mapping[str, float]) -> list[Workload]:
    """Return the workloads of all kinds; readers look for what a writer wrote, so writers are made first."""
    kinds = sorted(rates, key=lambda kind: kind.endswith(READS))
    return [workload for kind in kinds for workload in make(kind, rates[kind])]


def event_of(
    workload: str, task: Task, times: tuple[float, float, float], attempt: Attempt
) -> Operation | Read:
    """Return what is written of an attempt; `times` are intended, sent and completed."""
    ended = (*times, attempt.outcome, attempt.error, attempt.server, task.session)
    if task.what == "write":
        return Operation(workload, task.value, *ended)
    return Read(workload, task.value, *ended, found=attempt.found, fresh=task.fresh)
