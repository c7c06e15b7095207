"""Observers at work, each on a thread of its own, so that one that hangs or breaks stops nobody."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from chaos.deadlines import DEADLINES
from chaos.events import Decision
from chaos.history import History
from chaos.targets.base import Observer

__all__ = ["Running", "Watch"]

SOURCE = "chaos"
"""Of the decisions that the instrument itself writes down."""


class Running:
    """One observer under way."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    def ended(self, by: float) -> bool:
        """Wait for its end until a moment of the monotonic clock, and tell whether it came."""
        if self.thread is None:
            return True
        self.thread.join(max(0.0, by - time.monotonic()))
        return not self.thread.is_alive()


class Watch:
    """Starts and ends observers of one history. `troubles` tells which of them broke."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._running: list[Running] = []
        self.troubles: list[str] = []

    def start(self, observer: Observer) -> Running:
        """Let an observer look until `end`, or the end of the watch."""
        running = Running(observer)
        name = f"observer {observer.name}"
        running.thread = threading.Thread(target=self._guard, args=(running,), name=name, daemon=True)
        self._running.append(running)
        running.thread.start()
        return running

    def end(self, *runnings: Running, within: float = DEADLINES.api_call) -> None:
        """Tell observers to stop and wait for what they still have to collect."""
        for running in runnings:
            running.stop.set()
        by = time.monotonic() + within
        for running in runnings:
            if not running.ended(by):
                self._broke(running, f"did not stop within {within:g} s")
            if running in self._running:
                self._running.remove(running)

    def _guard(self, running: Running) -> None:
        try:
            running.observer.observe(self._history, running.stop)
        except Exception as error:  # noqa: BLE001  the run goes on, and is called invalid when it ends
            self._broke(running, f"{type(error).__name__}: {error}")

    def _broke(self, running: Running, why: str) -> None:
        trouble = f"observer {running.observer.name} broke: {' '.join(why.split())}"
        self.troubles.append(trouble)
        with suppress(OSError, ValueError):  # one that did not stop in time may outlive the history
            self._history.append(Decision(SOURCE, time.monotonic(), trouble))

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(*self._running)
