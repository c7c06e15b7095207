"""What the runner asks of the kernel and of Python, so that its own waiting is not measured as the database's."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["prefer_this_process", "prefer_this_thread"]

SWITCH_S = 0.0005
NICE = -10


def prefer_this_process() -> None:
    """Let no thread of this process be kept from Python's lock for long, and prefer the calling one.

    A thread that parses an answer may keep the generator from its schedule for one interval; Python's own is 5 ms.
    """
    sys.setswitchinterval(SWITCH_S)
    prefer_this_thread()


def prefer_this_thread() -> bool:
    """Run this thread as soon as it has something to do, whatever else the machine does; False where refused.

    On one machine with its cluster, a client that waits for a core while the servers work measures its own absence:
    operations began 0.03-0.3 s late at 32 a second. The clients need a few per cent of a core, so the servers lose
    nothing. A real-time class, because niceness hardly counts between process groups (sched_autogroup): at a load of
    50 on 2 cores a sleeper woke up to 55 ms late with nice -10, 61 ms with nice 0, and 5 ms so (p99: 1.6, 2.2, 0.14).
    Neither other threads nor child processes inherit it: one of those may be the system under test. Without the
    right to it (root), and on kernels without it, niceness is tried, and else lateness is merely judged.
    """
    with suppress(OSError, AttributeError):
        lowest = os.sched_param(os.sched_get_priority_min(os.SCHED_RR))
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, lowest)
        return True
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    return False
