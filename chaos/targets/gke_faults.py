"""The kinds of faults on GKE: those of kind that Google lets anybody do, and one that only Google can."""

from __future__ import annotations

import time
from collections.abc import Mapping

from chaos.faults.hands import FaultError, Hands, wait_until
from chaos.faults.kinds import KINDS as ALL
from chaos.faults.kinds import FaultKind
from chaos.faults.nodes import wait_ready
from chaos.targets.gke_nodes import GkeNodes

__all__ = ["KINDS", "UNLEASED", "NodeRecreated"]

ABSENT = ("node-paused", "api-server-stopped")
"""Instances cannot be paused without a word to their system, and the control plane is Google's."""
UNLEASED = ("cpu-hog", "node-killed", "node-drained", "node-recreated")
"""What a node has no timer for: busy loops end by themselves, the others are Google's or the API server's to undo."""
MADE_S = 600.0


class NodeRecreated:
    """A node that its managed instance group deletes and makes anew under the same name, with an empty boot disk."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, node: str) -> None:
        self.name, self.on = name, node
        self._hands = hands
        self._former: str | None = None

    @property
    def _nodes(self) -> GkeNodes:
        nodes = self._hands.engine
        if not isinstance(nodes, GkeNodes):
            raise FaultError(f"{self.name} needs a managed instance group, which there is on GKE only.")
        return nodes

    def inject(self) -> float:
        """Let the group begin. Raises FaultError."""
        nodes = self._nodes
        self._former = nodes.instances()[self.on].born
        at = time.monotonic()
        nodes.recreate(self.on)
        return at

    def heal(self) -> None:
        """Wait until the new one runs and is Ready. Raises FaultError."""
        if self._former is None:
            return
        began = time.time()
        if not wait_until(self._made, MADE_S):
            raise FaultError(f"{self.on} was not made anew within {MADE_S:g} s; see the console.")
        wait_ready(self._hands, {self.on: began})

    def _made(self) -> bool:
        found = self._nodes.instances().get(self.on)
        return found is not None and found.state == "running" and found.born != self._former


KINDS: Mapping[str, FaultKind] = {
    **{name: kind for name, kind in ALL.items() if name not in ABSENT},
    "node-recreated": FaultKind(
        "node-recreated",
        "the node's instance is deleted and made anew by its managed group",
        "node",
        False,
        lambda hands, on: NodeRecreated(hands, "node-recreated", on),
    ),
}
