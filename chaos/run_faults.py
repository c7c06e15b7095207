"""What a run has broken, from before it is broken until it is put right."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from chaos.clients.process import likewise
from chaos.deadlines import DEADLINES
from chaos.events import FaultMark
from chaos.experiment import FaultStep
from chaos.history import History
from chaos.run_errors import RunError
from chaos.run_progress import Progress
from chaos.run_signals import unbroken
from chaos.run_watch import Running, Watch
from chaos.targets.base import Fault, Target, TargetError

__all__ = ["Faults"]

POLL_S = 0.25
RETRY_S = 1.0
HEALS = 3
"""How often a heal is tried; a cluster that just came back may refuse the first."""
HEAL = "`python -m chaos heal` puts right what is still broken"


@dataclass
class _Live:
    fault: Fault
    recorders: list[Running]
    lock: threading.Lock = field(default_factory=threading.Lock)
    healed: bool = False


class Faults:
    """The faults of one run; may be used by several threads at once."""

    def __init__(self, target: Target, run: str, history: History, watch: Watch, progress: Progress) -> None:
        self._target, self._run = target, run
        self._history, self._watch, self._progress = history, watch, progress
        self._live: list[_Live] = []
        self._lock = threading.Lock()

    def inject(self, kind: str, on: str) -> Fault:
        """Aim a fault now, break it and write it down. Raises RunError."""
        fault = self._aim(kind, on)
        recorders = self._recorders(fault)
        # Before it is injected: what is half injected must be healed too.
        with self._lock:
            self._live.append(_Live(fault, recorders))
        self._progress.step(f"{fault.name} on {fault.on}")
        began = time.monotonic()
        try:
            at = fault.inject()
        except Exception as error:
            self._history.append(FaultMark(fault.name, "inject", began, fault.on))
            raise RunError(f"{fault.name} on {fault.on} could not be injected: {_line(error)}") from error
        self._history.append(FaultMark(fault.name, "inject", at, fault.on))
        return fault

    def heal(self, fault: Fault) -> None:
        """Put a fault right unless it is, write it down, and collect what was recorded on its node."""
        with self._lock:
            live = next(live for live in self._live if live.fault is fault)
        with live.lock:
            if live.healed:
                return
            fault.heal()
            live.healed = True
            self._history.append(FaultMark(fault.name, "heal", time.monotonic(), fault.on))
        self._progress.step(f"healed: {fault.name} on {fault.on}")
        self._watch.end(*live.recorders)

    def heal_all(self) -> None:
        """Heal what is not healed, the newest first; no signal stops it. Raises RunError when something stays."""
        with unbroken(self._progress.note):
            left = [trouble for live in reversed(self._live) if (trouble := self._heal_hard(live.fault))]
        if left:
            raise RunError(f"{'; '.join(left)}. {HEAL}.")

    def play(self, steps: Sequence[FaultStep], meanwhile: Callable[[], None]) -> None:
        """Break and heal on schedule, and call `meanwhile` again and again. Raises RunError.

        Each fault has a thread, so that a slow one (a drain) does not keep another from overlapping it. When
        one cannot be injected, or on Ctrl-C, all are healed early.
        """
        began, enough = time.monotonic(), threading.Event()

        def one(step: FaultStep) -> None:
            if enough.wait(max(0.0, began + step.after_s - time.monotonic())):
                return
            fault = self.inject(step.kind, step.on)
            enough.wait(step.hold_s)
            self.heal(fault)

        with ThreadPoolExecutor(len(steps), "fault", likewise()) as pool:
            futures = [pool.submit(one, step) for step in steps]
            try:
                while wait(futures, POLL_S, FIRST_EXCEPTION).not_done and not _any_failed(futures):
                    meanwhile()
            finally:
                enough.set()
        for future in futures:
            future.result()

    def _aim(self, kind: str, on: str) -> Fault:
        # In the middle of another fault there may be no primary for a moment.
        deadline = time.monotonic() + DEADLINES.aimed
        while True:
            try:
                return self._target.fault(kind, on)
            except TargetError as error:
                if time.monotonic() > deadline:
                    raise RunError(f"{kind} could not be aimed at {on}: {_line(error)}") from error
            time.sleep(POLL_S)

    def _recorders(self, fault: Fault) -> list[Running]:
        """Have recorders on all nodes that it isolates. One that does not begin in time has its trouble noted."""
        observers = [self._target.on_node(member, self._run) for member in fault.isolates]
        running = [self._watch.start(observer) for observer in observers]
        by = time.monotonic() + DEADLINES.recording
        for observer in observers:
            observer.begun.wait(max(0.0, by - time.monotonic()))
        return running

    def _heal_hard(self, fault: Fault) -> str:
        why = ""
        for _ in range(HEALS):
            try:
                self.heal(fault)
            except Exception as error:  # noqa: BLE001  whatever it is, the others are healed too
                why = _line(error)
                self._progress.note(f"{fault.name} on {fault.on} is not healed yet: {why}")
                time.sleep(RETRY_S)
            else:
                return ""
        return f"{fault.name} on {fault.on} could not be healed: {why}"


def _any_failed(futures: Sequence[Future[None]]) -> bool:
    return any(future.done() and future.exception() for future in futures)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
