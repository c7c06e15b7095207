"""What the readers of a workload may look for: what was acknowledged, and what may be visible too early."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from chaos.clients.workload import Task
from chaos.events import Attempt

__all__ = ["Book"]

UNSETTLED = 64
"""How many writes of unknown outcome are remembered; what is older was looked for often enough."""


@dataclass
class Book:
    """The writes of one workload; belongs to the generator's thread."""

    acknowledged: Task | None = None
    """The newest with an acknowledgement."""
    _under_way: dict[str, Task] = field(default_factory=dict)
    _unknown: deque[Task] = field(default_factory=lambda: deque(maxlen=UNSETTLED))

    def begun(self, task: Task) -> None:
        """Note that somebody tries to write it."""
        self._under_way[task.value] = task

    def ended(self, task: Task, attempt: Attempt) -> None:
        """Note how it ended."""
        del self._under_way[task.value]
        if attempt.outcome == "ok":
            self.acknowledged = task
        elif attempt.outcome == "unknown":
            self._unknown.append(task)

    @property
    def unsettled(self) -> Task | None:
        """A write that may be shown without having been acknowledged: the longest under way, or else an unknown one.

        If it is shown and then lost, a client acted on something that never happened.
        """
        oldest = next(iter(self._under_way.values()), None)
        if oldest is None and self._unknown:
            self._unknown.rotate()
            return self._unknown[0]
        return oldest
