"""What the runner asks of the kernel and of Python, so that its own waiting is not measured as the database's."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["prefer_this_process"]

NICE = -10
SWITCH_S = 0.0005


def prefer_this_process() -> None:
    """Be scheduled before the system under test; call it before any thread is started (they inherit it).

    On one machine with its cluster, a client that waits for a core while the servers work measures its own
    absence: operations began 0.03-0.3 s late at 32 a second. The clients need a few per cent of one core, so the
    servers lose nothing. Where the kernel refuses (no root), nothing happens; lateness is judged in any case.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    # A thread that parses an answer may keep the loop from its schedule for one interval; Python's own is 5 ms.
    sys.setswitchinterval(SWITCH_S)
