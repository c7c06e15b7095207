"""What the PodDisruptionBudget says, and what the API server would answer to an eviction, five times a second."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chaos.events import Eviction
from chaos.history import History
from chaos.kube.client import Kube, KubeError, PodInfo

__all__ = ["Budgets", "standing"]

EVERY_S = 0.2


def standing(pods: Sequence[PodInfo]) -> list[PodInfo]:
    """Return the pods that a budget counts as healthy: ready, and not on their way out."""
    return [pod for pod in pods if pod.ready and not pod.ending]


@dataclass(frozen=True)
class Budgets:
    """The status of one budget, and dry-run evictions of its ready pods in turn.

    A dry run is decided exactly as an eviction is, and changes nothing. `asked` holds real ones that somebody else
    asked for meanwhile; they are written down, too.
    """

    kube: Kube
    budget: str
    component: str
    asked: queue.SimpleQueue[Eviction] = field(default_factory=queue.SimpleQueue)
    every_s: float = EVERY_S
    name: str = "budget"

    def observe(self, history: History, stop: threading.Event) -> None:
        """Ask until `stop`; a round that the API server does not answer leaves no event."""
        due, turn = time.monotonic(), 0
        while not stop.wait(max(0.0, due - time.monotonic())):
            with suppress(KubeError):
                self._round(history, turn)
            turn += 1
            # After a silence of the API server the schedule goes on from now: nothing is made up for.
            due = max(due + self.every_s, time.monotonic())
        self._note(history)

    def _note(self, history: History) -> None:
        while not self.asked.empty():
            history.append(self.asked.get())

    def _round(self, history: History, turn: int) -> None:
        self._note(history)
        history.append(self.kube.budget(self.budget))
        ready = standing(self.kube.pods(self.component))
        if not ready:
            return
        pod, at = ready[turn % len(ready)], time.monotonic()
        status = self.kube.evict(pod.name, dry_run=True)
        history.append(Eviction(pod.name, at, status, dry_run=True, ready=len(ready)))
