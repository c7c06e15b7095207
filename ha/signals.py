"""SIGTERM and SIGINT, heard by a thread of their own.

Python runs a signal's handler inside whatever its main thread does just then. A handler that sets an Event waits for a
lock that its own thread may hold, for ever: a primary that was to be drained heard SIGTERM so, did nothing for the 90 s
of its grace and was killed. Here the kernel's word goes into a pipe, and nothing runs in the main thread.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

__all__ = ["ENDS", "when_told_to_end"]

ENDS = (signal.SIGTERM, signal.SIGINT)


def when_told_to_end(call: Callable[[signal.Signals], None]) -> None:
    """Call this for each such signal from now on, in a thread of its own. To be said once, by the main thread."""
    ear, mouth = os.pipe()
    os.set_blocking(mouth, False)
    signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    for number in ENDS:
        # Without a handler of Python's the kernel would end the process.
        signal.signal(number, _nothing)
    threading.Thread(target=_listen, args=(ear, call), name="signals", daemon=True).start()


def _nothing(number: int, frame: object) -> None:
    pass


def _listen(ear: int, call: Callable[[signal.Signals], None]) -> None:
    while told := os.read(ear, 1):
        if told[0] in ENDS:
            call(signal.Signals(told[0]))
