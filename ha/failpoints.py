"""Failpoints: named places where a safety can be switched off or a window held open, to see the suite go red.

They are compiled in and off. An agent takes them from ha.json only, and only when that also says
`"failpoints_enabled": true`; what is active stands in the first lines of its log and in its /status.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FAILPOINTS", "OFF", "Failpoint", "Failpoints"]

log = logging.getLogger("ha.failpoints")
STEP_S = 0.1


@dataclass(frozen=True)
class Failpoint:
    """One place. `most_s` is 0 for a switch (value true) and the longest hold for a window (value seconds)."""

    name: str
    does: str
    most_s: float = 0

    def right(self, value: Any) -> bool:
        """Whether this may be its value in ha.json."""
        if not self.most_s:
            return value is True
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= self.most_s


FAILPOINTS: Mapping[str, Failpoint] = {
    point.name: point
    for point in (
        Failpoint("gate-open", "node: every promotion is allowed, whoever answered and whatever they hold"),
        Failpoint("promise-volatile", "node: what it promised in a vote is gone when its agent starts again"),
        Failpoint("lock-off", "node: two decisions about it do not wait for each other"),
        Failpoint("lineage-off", "node: a vote compares LSNs, whoever wrote what is below them"),
        Failpoint(
            "fence-off", "node: a primary goes on until it learns of a newer one, heard by nobody or not"
        ),
        Failpoint("sync-off", "node: a write is acknowledged before any standby has it"),
        # 15 s: the hook that repmgrd waits for and repmgr's own promotion (40 s) must still fit into 60 s.
        Failpoint("hold-before-promote", "node: so many seconds between the gate and the promotion", 15),
        Failpoint(
            "hold-before-follow", "node: so many seconds between the decision to follow and its record", 15
        ),
        Failpoint("long-branch", "node: a primary to which nobody confirms runs two WAL segments ahead"),
        Failpoint("reconciler-off", "pool: the agent looks and decides nothing; pgpool is on its own"),
        Failpoint("reconciler-late", "pool: the agent acts so many seconds later than it would", 60),
    )
}


@dataclass(frozen=True)
class Failpoints:
    """Those that are active, by name."""

    active: Mapping[str, bool | float] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Failpoints:
        """Take `failpoints` and `failpoints_enabled` out of the parsed ha.json. Raises ValueError, one sentence."""
        enabled, wanted = raw.get("failpoints_enabled", False), raw.get("failpoints", {})
        if not isinstance(enabled, bool):
            raise ValueError(f"failpoints_enabled must be true or false, not {enabled!r}")
        if not isinstance(wanted, dict):
            raise ValueError(f"failpoints must be an object of name and value, not {wanted!r}")
        for name, value in wanted.items():
            point = FAILPOINTS.get(name)
            if point is None:
                raise ValueError(f"failpoints.{name} is not a failpoint; there are {', '.join(FAILPOINTS)}")
            if not point.right(value):
                right = f"more than 0 and at most {point.most_s:g} seconds" if point.most_s else "true"
                raise ValueError(f"failpoints.{name} must be {right}, not {value!r}; leave it out to be safe")
        if wanted and not enabled:
            raise ValueError(
                f"failpoints.{next(iter(wanted))} switches a safety off and failpoints_enabled is not true; "
                "leave failpoints out"
            )
        return cls(dict(wanted))

    def on(self, name: str) -> bool:
        """Whether a switch is on. Raises KeyError for a name there is not, so that a typo is no safety."""
        return FAILPOINTS[name].name in self.active

    def seconds(self, name: str) -> float:
        """How long a window is to be, 0 by default. Raises KeyError as `on`."""
        return float(self.active[name]) if self.on(name) else 0.0

    def hold(self, name: str, beat: Callable[[], None]) -> None:
        """Keep a window open for as long as it was given, not at all by default. Raises KeyError as `on`."""
        seconds = self.seconds(name)
        if seconds:
            log.warning("failpoint %s: holding for %g s", name, seconds)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            beat()
            time.sleep(min(STEP_S, left))

    def announce(self) -> None:
        """Say in the log, once at the start, which safeties are off."""
        for name, value in self.active.items():
            log.warning("failpoint %s = %s is ACTIVE: %s", name, value, FAILPOINTS[name].does)


OFF = Failpoints()
"""What everybody has who was told nothing."""
