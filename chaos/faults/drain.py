"""A node that is emptied as `kubectl drain` does it: cordoned, then one eviction after another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from chaos.deadlines import DEADLINES
from chaos.events import Eviction
from chaos.faults.hands import FaultError, Hands, wait_until
from chaos.kube.client import KubeError, PodInfo

__all__ = ["CORDONED", "NodeDrained", "to_evict", "uncordon"]

CORDONED = "kube-flask.dev/chaos-cordoned"
"""On nodes that we cordoned; others are their administrator's business."""
MISSING, REFUSED = 404, 429
FINISHED = ("Succeeded", "Failed")
STAYING = ("DaemonSet", "Node")
"""Controllers whose pods a drain leaves: evicted ones would come back, static ones cannot be evicted."""


class NodeDrained:
    """A node that is drained while it is injected; the heal lets pods come back."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, node: str) -> None:
        self.name, self.on = name, node
        self._hands = hands
        self._healed = threading.Event()

    def inject(self) -> float:
        """Cordon, and evict until all are gone; a refused eviction is asked again, as often as it takes.

        Returns the moment of the first eviction. Raises FaultError when pods stay for DEADLINES.drained.
        """
        try:
            if self._hands.kube.schedulable(self.on):
                # The mark first: a cordoned node without it would stay cordoned.
                self._hands.kube.annotate("node", self.on, {CORDONED: "yes"})
                self._hands.kube.cordon(self.on, on=True)
            asked: set[str] = set()
            at = time.monotonic()
            emptied = wait_until(lambda: self._emptied(asked), DEADLINES.drained, self._healed)
            left = [] if emptied else to_evict(self._hands.kube.pods_on(self.on))
        except KubeError as error:
            raise FaultError(f"{self.on} cannot be drained: {error}") from error
        if left and not self._healed.is_set():
            names = ", ".join(pod.name for pod in left)
            raise FaultError(f"{self.on} was not drained within {DEADLINES.drained:g} s, {names} stayed.")
        return at

    def _emptied(self, asked: set[str]) -> bool:
        try:
            return self._evict(asked)
        except KubeError as error:
            if error.status:
                raise
            return False  # No answer: another fault may have hit the API server.

    def _evict(self, asked: set[str]) -> bool:
        """Ask for every pod that is left and was not yet promised to go; return whether all are gone."""
        left = to_evict(self._hands.kube.pods_on(self.on))
        for pod in left:
            if pod.uid in asked or pod.ending or self._healed.is_set():
                continue
            if self._asked(pod) != REFUSED:
                asked.add(pod.uid)
        return not left

    def _asked(self, pod: PodInfo) -> int:
        ready = 0
        if pod.component:
            ready = sum(other.ready and not other.ending for other in self._hands.kube.pods(pod.component))
        at = time.monotonic()
        try:
            status = self._hands.kube.evict(pod.name, namespace=pod.namespace)
        except KubeError as error:
            if error.status != MISSING:
                raise
            return MISSING
        self._hands.note(Eviction(pod.name, at, status, dry_run=False, ready=ready))
        return status

    def heal(self) -> None:
        """Stop evicting, and let pods come to the node again if it was us who kept them off. Raises FaultError."""
        self._healed.set()
        uncordon(self._hands, self.on)


def to_evict(pods: Iterable[PodInfo]) -> list[PodInfo]:
    """Return the pods that a drain makes go."""
    return [pod for pod in pods if pod.owner not in STAYING and pod.phase not in FINISHED]


def uncordon(hands: Hands, node: str) -> bool:
    """Uncordon a node that we cordoned; return whether it was one. Raises FaultError."""
    try:
        if CORDONED not in hands.kube.annotations("node", node):
            return False
        hands.kube.cordon(node, on=False)
        hands.kube.annotate("node", node, {CORDONED: None})
    except KubeError as error:
        raise FaultError(f"{node} cannot be uncordoned: {error}") from error
    return True
