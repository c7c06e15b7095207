"""What a person sees of a run: one line a step, and on a terminal a line that moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.status import Status

__all__ = ["Progress"]


class Progress:
    """Prints to a console; without one it says nothing. Context manager; used by several threads."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._began = clock()
        self._now = ""
        self._status: Status | None = None

    def step(self, text: str) -> None:
        """Say what begins now, with the seconds since the start."""
        self._now = text
        self._print(f"{self._clock() - self._began:7.1f} s  {text}")

    def note(self, text: str) -> None:
        """Say something that belongs to the step, such as the output of a command."""
        for line in text.splitlines():
            self._print(f"{'':11}{line}")

    def tick(self, counts: Mapping[str, int]) -> None:
        """Show that it goes on: acknowledged operations by workload."""
        if self._status:
            shown = " ".join(f"{name} {count}" for name, count in counts.items() if count)
            self._status.update(
                f"{self._now}: {self._clock() - self._began:.0f} s, acknowledged: {shown or '-'}"
            )

    def _print(self, line: str) -> None:
        if self._console:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> Progress:
        if self._console and self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()
            self._status = None
