"""Chains of packet filter rules on nodes, put there and taken away as one fault."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from chaos.faults.hands import PAUSED, RUNNING, FaultError, Hands, moment
from chaos.faults.rules import DEVICE, Rule, chain_name, restore_text, spared
from chaos.faults.scripts import ADD_CHAINS, REMOVE_CHAINS

__all__ = ["Chains"]


class Chains:
    """The rules of one fault, under a name nobody else has; several threads may place them."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._chain = chain_name()
        self._lock = threading.Lock()
        self._placed: list[str] = []
        self._ended = False

    def place(
        self, node: str, rules: Sequence[Rule], *, ipv6: Sequence[Rule] = (), device: str = DEVICE
    ) -> float:
        """Put rules on a node and return the moment. A node that does not run is left alone. Raises FaultError."""
        before = time.monotonic()
        with self._lock:
            if self._ended or self._hands.engine.states().get(node) != RUNNING:
                return before
            # Before they are there: should we be interrupted, the heal knows where to look.
            self._placed.append(node)
        open_ = spared(self._hands.spared_port)
        texts = [
            restore_text(self._chain, [*open_, *which] if which else [], device) for which in (rules, ipv6)
        ]
        self._hands.undo_later(node, self._chain, REMOVE_CHAINS, self._chain)
        before = time.monotonic()
        return moment(self._hands.sh(node, ADD_CHAINS, *texts), before)

    def remove(self) -> None:
        """Take them away wherever they are; a node that was started anew has none. Raises FaultError."""
        with self._lock:
            self._ended = True
            while self._placed:
                node = self._placed[-1]
                state = self._hands.engine.states().get(node)
                if state == PAUSED:
                    raise FaultError(
                        f"The rules {self._chain} on {node} cannot be removed while it is paused."
                    )
                if state == RUNNING:
                    self._hands.sh(node, REMOVE_CHAINS, self._chain)
                    self._hands.undone(node, self._chain)
                self._placed.pop()
