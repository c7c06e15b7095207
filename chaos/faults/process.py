"""Signals to single processes, sent from the node: the first process of a container ignores SIGSTOP from inside."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal

from chaos.faults.hands import PAUSED, RUNNING, FaultError, Hands, moment, wait_until
from chaos.faults.processes import Process, parse
from chaos.faults.scripts import PROCESSES, SIGNAL

__all__ = ["SignalFault", "processes_of"]

FOUND_S = 20.0
"""How long it may take until the process is there: another fault may just have ended it."""


class SignalFault:
    """SIGKILL or SIGSTOP for some processes of one pod. A stopped process is told to go on by the heal."""

    isolates = ()

    def __init__(
        self,
        hands: Hands,
        name: str,
        pod: str,
        choose: Callable[[Sequence[Process]], Sequence[Process]],
        signal: Literal["KILL", "STOP"],
    ) -> None:
        self.name, self.on = name, pod
        self._hands, self._choose, self._signal = hands, choose, signal
        self._healed = threading.Event()
        self._hit: list[tuple[str, Sequence[Process]]] = []
        self._timer = f"kube-flask-chaos-{secrets.token_hex(4)}"
        self._at = 0.0

    def inject(self) -> float:
        """Send the signal. Raises FaultError when there is no such process within FOUND_S."""
        why: list[FaultError] = []

        def sent() -> bool:
            why.clear()
            try:
                return self._send()
            except FaultError as error:
                why.append(error)
                return False

        if not wait_until(sent, FOUND_S, self._healed) and not self._healed.is_set():
            reason = f": {why[0]}" if why else "; see `kubectl get pods` whether it runs"
            raise FaultError(f"{self.name} found nothing to hit in {self.on}{reason}")
        return self._at or time.monotonic()

    def _send(self) -> bool:
        node = self._hands.pod(self.on).node
        chosen = self._choose(processes_of(self._hands, node, self.on))
        if not chosen:
            return False
        # Before it is sent: should we be interrupted, the heal knows whom to tell to go on.
        self._hit.append((node, chosen))
        tickets = [process.ticket for process in chosen]
        if self._signal == "STOP":
            self._hands.undo_later(node, f"{self._timer}-{len(self._hit)}", SIGNAL, "CONT", *tickets)
        before = time.monotonic()
        lines = self._hands.sh(node, SIGNAL, self._signal, *tickets)
        self._at = moment(lines, before)
        return any(line.startswith("sent ") for line in lines)

    def heal(self) -> None:
        """Tell what was stopped to go on; processes that ended meanwhile are no matter."""
        self._healed.set()
        if self._signal != "STOP":
            return
        while self._hit:
            node, chosen = self._hit[-1]
            state = self._hands.engine.states().get(node)
            if state == PAUSED:
                raise FaultError(f"{self.name} on {self.on} cannot be healed while {node} is paused.")
            if state == RUNNING:
                self._hands.sh(node, SIGNAL, "CONT", *(process.ticket for process in chosen))
                self._hands.undone(node, f"{self._timer}-{len(self._hit)}")
            self._hit.pop()


def processes_of(hands: Hands, node: str, pod: str) -> list[Process]:
    """Return the processes of a pod, those of a predecessor that still runs included. Raises FaultError."""
    return parse(hands.sh(node, PROCESSES, pod))
