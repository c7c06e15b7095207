"""Looks at the health, once a second, from the first heal to the end of a run."""

from __future__ import annotations

import threading
import time

from chaos.events import Health
from chaos.history import History
from chaos.targets.base import Target, TargetError

__all__ = ["HealthLooks", "troubles_of"]

HEALTH_S = 1.0
"""Between two looks: recovery takes seconds to minutes."""


class HealthLooks:
    """An observer that also tells the newest look: when it was begun, and what was wrong."""

    name = "health"

    def __init__(self, target: Target) -> None:
        self._target = target
        self.newest: tuple[float, tuple[str, ...]] | None = None

    def observe(self, history: History, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            began = time.monotonic()
            troubles = tuple(troubles_of(self._target))
            # Stamped with its end: only then was everything seen.
            history.append(Health(time.monotonic(), troubles))
            self.newest = began, troubles
            stop.wait(max(0.0, began + HEALTH_S - time.monotonic()))


def troubles_of(target: Target) -> list[str]:
    """Return why a target is not healthy; one that cannot even tell is not."""
    try:
        return target.troubles()
    except TargetError as error:
        return [str(error)]
