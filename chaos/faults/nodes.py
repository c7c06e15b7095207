"""Nodes that die, freeze, are cut off, or are kept busy."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chaos.faults.chains import Chains
from chaos.faults.hands import PAUSED, RUNNING, FaultError, Hands, moment, wait_until
from chaos.faults.rules import Rule
from chaos.faults.scripts import HOG, HOG_END
from chaos.kube.client import KubeError

__all__ = ["CpuHog", "NodeCut", "NodeKilled", "NodePaused", "wait_ready"]

HOG_S = 600
"""A hog ends by itself after so long, whatever happens to us."""


class NodeKilled:
    """A node whose processes all end at once. The page cache stays, so it is no power loss."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, node: str) -> None:
        self.name, self.on = name, node
        self._hands = hands

    def inject(self) -> float:
        """Kill it. Raises FaultError."""
        at = time.monotonic()
        self._hands.engine.kill(self.on)
        return at

    def heal(self) -> None:
        """Start it unless it runs, and wait until its kubelet says that it is Ready. Raises FaultError."""
        if self._hands.engine.states().get(self.on) in (RUNNING, PAUSED):
            return
        began = time.time()
        self._hands.engine.start(self.on)
        wait_ready(self._hands, {self.on: began})


class NodePaused:
    """A node whose processes all stop where they are, and later go on as if nothing had happened."""

    def __init__(self, hands: Hands, name: str, node: str) -> None:
        self.name, self.on = name, node
        self.isolates = hands.members_on(node)
        self._hands = hands

    def inject(self) -> float:
        """Freeze it. Raises FaultError."""
        at = time.monotonic()
        self._hands.engine.pause(self.on)
        return at

    def heal(self) -> None:
        """Thaw it if it is frozen. Raises FaultError."""
        if self._hands.engine.states().get(self.on) == PAUSED:
            self._hands.engine.unpause(self.on)


class NodeCut:
    """A node whose packets from or to elsewhere are dropped; what runs on it goes on, and on it all can talk."""

    def __init__(self, hands: Hands, name: str, node: str, rules: Sequence[Rule]) -> None:
        self.name, self.on = name, node
        self.isolates = hands.members_on(node)
        self._rules = rules
        self._chains = Chains(hands)

    def inject(self) -> float:
        """Drop. Raises FaultError."""
        return self._chains.place(self.on, self._rules, ipv6=self._rules)

    def heal(self) -> None:
        """Drop nothing more. Raises FaultError."""
        self._chains.remove()


class CpuHog:
    """A node on which every core is kept busy; on kind the nodes share the machine's cores."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, node: str) -> None:
        self.name, self.on = name, node
        self._hands = hands

    def inject(self) -> float:
        """Start one busy loop for every core. Raises FaultError."""
        before = time.monotonic()
        return moment(self._hands.sh(self.on, HOG, str(HOG_S)), before)

    def heal(self) -> None:
        """End them. Raises FaultError."""
        if self._hands.engine.states().get(self.on) == RUNNING:
            self._hands.sh(self.on, HOG_END)


def wait_ready(hands: Hands, since: dict[str, float]) -> None:
    """Wait until nodes are Ready by a word of their kubelets after a moment of the wall clock.

    The API server calls a dead node Ready for some 40 s. Raises FaultError after `hands.ready_s`.
    """

    def ready() -> bool:
        try:
            fresh = {
                n.name
                for n in hands.kube.node_infos()
                if n.ready and n.heartbeat >= int(since.get(n.name, 0))
            }
        except KubeError:
            return False
        return fresh >= set(since)

    if not wait_until(ready, hands.ready_s):
        names = ", ".join(since)
        raise FaultError(
            f"{names} are not Ready {hands.ready_s:g} s after their start; see `kubectl get nodes`."
        )
