"""A shutdown nobody notices: SIGTERM first makes /readyz say no, the server stops a little later."""

from __future__ import annotations

import mmap
import os
import signal
from types import FrameType

__all__ = ["begin", "begun", "delay_sigterm", "reset"]

_flag = mmap.mmap(-1, 1)
"""One anonymous shared byte: written by gunicorn's arbiter, read by the workers it forked."""


def begun() -> bool:
    """Say whether this server has been told to stop."""
    return _flag[0] == 1


def begin() -> None:
    """Mark the server as stopping, in this process and all that share its flag."""
    _flag[0] = 1


def reset() -> None:
    """Mark the server as serving."""
    _flag[0] = 0


def delay_sigterm(seconds: float) -> None:
    """Put the wait before the handler SIGTERM has now; a second SIGTERM does not wait."""
    stop = signal.getsignal(signal.SIGTERM)

    def terminate(signum: int, frame: FrameType | None) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    def wait(signum: int, frame: FrameType | None) -> None:
        begin()
        signal.signal(signal.SIGTERM, stop)
        # A timer signal and not a thread: the arbiter may still have to fork.
        signal.signal(signal.SIGALRM, terminate)
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))

    signal.signal(signal.SIGTERM, wait)
