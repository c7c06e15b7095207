"""A planned handoff may choose its moment, and a busy one is the worst.

A drain evicts everything on a node at once, so that its successors start elsewhere in the very seconds in which the
primary would hand over: every step of the handoff then waits for a core. Until then the primary serves as before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cores", "await_calm", "busy_share", "cores", "is_calm"]

CALM_WITHIN_S = 6.0
"""The longest wait. Evicted pods are started within some 4 s; a machine that is busy for longer than that stays so."""
LOOK_EVERY_S = 0.3
"""With 2 cores 60 of the kernel's ticks (10 ms each), so that one is less than 2 %."""
CALM_BELOW = 0.8
"""The share of all cores' time that leaves room for a handoff; the platform under load alone takes 0.5 to 0.65."""
STAT = Path("/proc/stat")
IDLE_FIELDS = slice(3, 5)
"""idle and iowait (proc(5)); guest times, fields 8 and 9, are part of user and nice already."""
ALL_FIELDS = slice(0, 8)


@dataclass(frozen=True)
class Cores:
    """What all cores of this machine have done since it started, in ticks; containers see the machine's."""

    idle: int
    total: int


def cores(stat: str) -> Cores:
    """From the text of /proc/stat, whose first line is the sum over all cores. Raises ValueError."""
    name, *ticks = stat.split("\n", 1)[0].split() or [""]
    if name != "cpu" or len(ticks) < ALL_FIELDS.stop or not all(map(str.isdecimal, ticks)):
        raise ValueError(f"the first line of /proc/stat is not the ticks of all cores but {[name, *ticks]}")
    fields = [int(each) for each in ticks]
    return Cores(idle=sum(fields[IDLE_FIELDS]), total=sum(fields[ALL_FIELDS]))


def busy_share(before: Cores, after: Cores) -> float:
    """Which part of the time between two looks the cores were busy; 0 when no time has passed."""
    passed = after.total - before.total
    return 1 - (after.idle - before.idle) / passed if passed > 0 else 0.0


def is_calm(shares: list[float]) -> bool:
    """Two looks in a row: one alone may fall between two starts."""
    return len(shares) >= 2 and max(shares[-2:]) < CALM_BELOW


def await_calm(
    look: Callable[[], Cores] = lambda: cores(STAT.read_text()),
    within_s: float = CALM_WITHIN_S,
    sleep: Callable[[float], None] = time.sleep,
) -> list[float]:
    """Return when the machine is calm, at the latest after `within_s`, with the shares that were seen.

    Raises OSError and ValueError where there is no /proc/stat of the usual form.
    """
    shares: list[float] = []
    before = look()
    while not is_calm(shares) and len(shares) * LOOK_EVERY_S < within_s:
        sleep(LOOK_EVERY_S)
        after = look()
        shares.append(busy_share(before, after))
        before = after
    return shares
