"""Pods that vanish, and pods that are asked to go."""

from __future__ import annotations

import time

from chaos.faults.hands import RUNNING, FaultError, Hands, both
from chaos.faults.process import processes_of
from chaos.faults.processes import containers
from chaos.faults.scripts import SIGNAL
from chaos.kube.client import KubeError

__all__ = ["PodDeleted", "PodLost", "a_todo_pod"]

MISSING = 404


class PodLost:
    """A pod whose object is deleted without grace while its containers are killed.

    The deletion alone would leave the containers their grace period; the kill alone would let the kubelet
    start them again in place.
    """

    isolates = ()

    def __init__(self, hands: Hands, name: str, pod: str) -> None:
        self.name, self.on = name, pod
        self._hands = hands

    def inject(self) -> float:
        """Delete and kill at the same time. Raises FaultError."""
        node = self._hands.pod(self.on).node
        alive = self._hands.engine.states().get(node) == RUNNING
        firsts = containers(processes_of(self._hands, node, self.on)) if alive else []
        at = time.monotonic()
        if firsts:
            tickets = [first.ticket for first in firsts]
            both(
                lambda: self._hands.sh(node, SIGNAL, "KILL", *tickets),
                lambda: _delete(self._hands, self.on, 0),
            )
        else:
            _delete(self._hands, self.on, 0)
        return at

    def heal(self) -> None:
        """Nothing to do: its controller makes another one."""


class PodDeleted:
    """A pod that is asked to go, with all the time its manifest gives it."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, pod: str) -> None:
        self.name, self.on = name, pod
        self._hands = hands

    def inject(self) -> float:
        """Ask for the deletion. Raises FaultError."""
        at = time.monotonic()
        _delete(self._hands, self.on, None)
        return at

    def heal(self) -> None:
        """Nothing to do: its controller makes another one."""


def a_todo_pod(hands: Hands) -> str:
    """Return the first Ready pod of the application. Raises FaultError when there is none."""
    try:
        ready = [pod.name for pod in hands.kube.pods("todo") if pod.ready and not pod.ending]
    except KubeError as error:
        raise FaultError(str(error)) from error
    if not ready:
        raise FaultError("No pod of the application is Ready; see `kubectl get pods`.")
    return ready[0]


def _delete(hands: Hands, pod: str, grace_s: int | None) -> None:
    try:
        hands.kube.delete_pod(pod, grace_s)
    except KubeError as error:
        if error.status != MISSING:
            raise FaultError(str(error)) from error
