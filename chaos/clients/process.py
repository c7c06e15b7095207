"""What the runner asks of the kernel and of Python, so that its own waiting is not measured as the database's.

On one machine with its cluster, a client that waits for a core while the servers work measures its own absence:
operations began 0.03-0.3 s late at 32 a second. The clients need a few per cent of a core, so the servers lose nothing
when these go first. A real-time class does it; niceness hardly counts between process groups (sched_autogroup): at a
load of 50 on 2 cores a sleeper woke up to 55 ms late with nice -10, 61 ms with nice 0, and 5 ms so.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

__all__ = ["likewise", "prefer_this_process", "prefer_thread", "prefer_threads", "release_threads"]

SWITCH_S = 0.0005


def prefer_this_process() -> None:
    """Let no thread keep Python's lock for long while another one has something to do; Python's own is 5 ms.

    What the kernel can do is asked for by the generator, as long as it runs: who judges should not go first.
    """
    sys.setswitchinterval(SWITCH_S)


def prefer_thread(native_id: int = 0, heirs: bool = False) -> bool:
    """Run a thread, by default this one, as soon as it has something to do; False where the kernel refuses (no root).

    Threads and processes that it starts do not inherit this, for one of them may be the system under test, unless
    they are to be its `heirs`: whoever starts a thread waits until it runs, on a busy machine for seconds.
    """
    with suppress(OSError, AttributeError):
        lowest = os.sched_param(os.sched_get_priority_min(os.SCHED_RR))
        os.sched_setscheduler(native_id, os.SCHED_RR | (0 if heirs else os.SCHED_RESET_ON_FORK), lowest)
        return True
    return False


def likewise() -> Callable[[], None]:
    """Return what a thread calls first to be preferred when the one that asks here is."""
    with suppress(OSError, AttributeError):
        if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR:
            return _prefer_this
    return _nothing


def _prefer_this() -> None:
    prefer_thread()


def _nothing() -> None:
    pass


def prefer_threads() -> None:
    """Prefer all threads of this process that there are by now.

    One alone is not enough: another that is put off while it holds Python's lock puts off all (186 ms were seen
    instead of 2). It must be said again for new ones.
    """
    for thread in threading.enumerate():
        if thread.native_id is not None:
            prefer_thread(thread.native_id)


def release_threads() -> None:
    """Let all threads of this process wait for their turn as others do."""
    for thread in threading.enumerate():
        if thread.native_id is not None:
            with suppress(OSError, AttributeError):
                os.sched_setscheduler(thread.native_id, os.SCHED_OTHER, os.sched_param(0))
