"""The parts of Kubernetes that the platform leans on: its API server and its DNS."""

from __future__ import annotations

import time

from chaos.faults.chains import Chains
from chaos.faults.hands import PAUSED, RUNNING, FaultError, Hands, moment, wait_until
from chaos.faults.rules import dns_dropped
from chaos.faults.scripts import MANIFEST_ASIDE, MANIFEST_BACK
from chaos.kube.client import KubeError

__all__ = ["MANIFESTS", "ApiServerStopped", "DnsStopped", "answers", "control_plane", "wait_for_api"]

MANIFESTS = "/etc/kubernetes/manifests"
API_SERVER = "kube-apiserver"
SILENT_S = 30.0
ANSWERS_S = 120.0
"""A kubelet looks for manifests every 20 s should it miss a change, and the API server takes 10 s to start."""


class ApiServerStopped:
    """The API server alone; its store, the scheduler and all kubelets go on."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, on: str) -> None:
        self.name, self.on = name, on
        self._hands = hands
        self._node = control_plane(hands)

    def inject(self) -> float:
        """Take its static pod away and kill it. Raises FaultError when it goes on answering."""
        before = time.monotonic()
        at = moment(self._hands.sh(self._node, MANIFEST_ASIDE, MANIFESTS, API_SERVER), before)
        if not wait_until(lambda: not answers(self._hands), SILENT_S):
            raise FaultError(
                f"The API server still answers {SILENT_S:g} s after its manifest was moved aside."
            )
        return at

    def heal(self) -> None:
        """Put its manifest back if it is away, and wait until it answers. Raises FaultError."""
        state = self._hands.engine.states().get(self._node)
        if state == PAUSED:
            raise FaultError(f"{self.name} cannot be healed while {self._node} is paused.")
        if state == RUNNING and self._hands.sh(self._node, MANIFEST_BACK, MANIFESTS):
            wait_for_api(self._hands)


class DnsStopped:
    """DNS servers that do not answer: packets to port 53 vanish on every node.

    Not CoreDNS scaled to none: a Service without pods refuses at once, which is the kinder failure. Silence also
    begins and ends at one moment, needs no API server, and leaves CoreDNS where it is.
    """

    isolates = ()

    def __init__(self, hands: Hands, name: str, on: str) -> None:
        self.name, self.on = name, on
        self._hands = hands
        self._chains = Chains(hands)

    def inject(self) -> float:
        """Drop on every node that runs. Raises FaultError."""
        rules = dns_dropped()
        return min(
            self._hands.on_every_node(lambda node: self._chains.place(node, rules, device="")).values()
        )

    def heal(self) -> None:
        """Drop nothing more. Raises FaultError."""
        self._chains.remove()


def control_plane(hands: Hands) -> str:
    """Return the node with the API server, by the name that kind gives it. Raises FaultError."""
    found = sorted(node for node in hands.engine.states() if node.endswith("-control-plane"))
    if not found:
        raise FaultError(
            "No node is called ...-control-plane, so the API server's manifest is not in our reach."
        )
    return found[0]


def answers(hands: Hands) -> bool:
    """Return whether the API server answers."""
    try:
        hands.kube.node_infos()
    except KubeError:
        return False
    return True


def wait_for_api(hands: Hands) -> None:
    """Wait until the API server answers. Raises FaultError after ANSWERS_S."""
    if not wait_until(lambda: answers(hands), ANSWERS_S):
        raise FaultError(f"The API server did not answer within {ANSWERS_S:g} s; run `make down up`.")
