"""Ctrl-C, SIGTERM and a lost terminal all end a run the same way: what is broken is healed first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interrupted_by_signals", "unbroken"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], None]


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Every one of the signals raises KeyboardInterrupt within the block."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    with _handled_by(interrupt):
        yield


@contextmanager
def unbroken(note: Callable[[str], None]) -> Iterator[None]:
    """No signal interrupts the block; one that came is raised as KeyboardInterrupt at its end."""
    asked: list[str] = []

    def later(number: int, frame: FrameType | None) -> None:
        asked.append(signal.Signals(number).name)
        note("what is broken is healed first; then it ends")

    with _handled_by(later):
        yield
    if asked:
        raise KeyboardInterrupt(asked[0])


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    # Python lets only the main thread decide about signals, and delivers them only there.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, signal.SIG_DFL if former is None else former)
