"""Children of pgpool that go on waiting for a failover that is over.

Whoever takes a client during a failover sleeps for whole seconds until it is done (wait_for_failover_to_finish in
pool_query_context.c, 4.6.1). The new children are forked when it is all but done (exec_child_restart), and with
clients waiting each of them meets its last milliseconds: watched on kind, a pool that served nobody for a second after
failovers of 0.1 s. A signal with a handler ends the sleep, and that of SIGUSR2 does nothing (wakeup_handler, child.c).
"""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ha.pool.stuck import sessions
from ha.process import send

__all__ = ["asleep", "rouse"]

log = logging.getLogger("ha.pool")
SLEEP = "hrtimer_nanosleep"
"""The kernel's function that sleep(3) waits in (wchan of proc(5)); it reads "0" where that may not be known."""
LOOKS = 10
"""A third of those after which a child takes its client whether the failover is done or not (MAX_FAILOVER_WAIT)."""
LOOK_EVERY_S = 0.05


def asleep(children: Iterable[int], proc: Path = Path("/proc")) -> list[int]:
    """Those that serve clients and sleep; in anything else that they wait for a signal could do harm."""
    found = []
    for pid in sessions(children, proc):
        with contextlib.suppress(OSError):
            if (proc / str(pid) / "wchan").read_text() == SLEEP:
                found.append(pid)
    return found


def rouse(
    children: Callable[[], Iterable[int]],
    tell: Callable[[int, int], None] = send,
    proc: Path = Path("/proc"),
) -> None:
    """After a failover: end the sleep of all children that began it before they could see that it is over."""
    roused = set()
    for _ in range(LOOKS):
        for pid in asleep(children(), proc):
            tell(pid, signal.SIGUSR2)
            roused.add(pid)
        time.sleep(LOOK_EVERY_S)
    if roused:
        log.info("roused %d children that slept after a failover", len(roused))
