"""Follows the logs of the database's and the pools' pods and keeps what was decided."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chaos.events import Decision
from chaos.history import History
from chaos.kube.client import Kube, KubeError
from chaos.observers.decisions_lines import STAMP, decision_in, order_of, split, wall_of

__all__ = ["Decisions"]

LOOK_S = 1.0
"""How soon a new pod is noticed; its first lines are read all the same."""
AGAIN_S = 0.3


@dataclass
class _Reader:
    """One pod name's log, through all pods that bear the name one after the other."""

    kube: Kube
    pod: str
    keep: Callable[[str, str, str], None]
    stop: threading.Event
    stamp: str
    thread: threading.Thread | None = None

    def run(self) -> None:
        """Read on in a thread, unless that is under way."""
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._follow, daemon=True)
            self.thread.start()

    def _follow(self) -> None:
        while not self.stop.is_set():
            try:
                self._read()
            except KubeError as error:
                if error.status == 404:
                    return
            self.stop.wait(AGAIN_S)

    def _read(self) -> None:
        for line in self.kube.log(self.pod, self.stamp):
            stamp, text = split(line)
            # The API server honours whole seconds only, so the newest lines come again.
            if STAMP.match(stamp) and order_of(stamp) > order_of(self.stamp):
                self.stamp = stamp
                self.keep(self.pod, stamp, text)
            if self.stop.is_set():
                return


@dataclass(frozen=True)
class Decisions:
    """Lines of decisions of all pods of some components, stamped by the kubelet of their node.

    All nodes of kind share this machine's clock; the offset to the monotonic one is taken once.
    """

    kube: Kube
    components: Sequence[str] = ("postgres", "pgpool")
    name: str = "decisions"

    def observe(self, history: History, stop: threading.Event) -> None:
        """Follow until `stop`; a pod that is gone was read to its last line."""
        offset = time.monotonic() - time.time()
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        readers: dict[str, _Reader] = {}

        def keep(pod: str, stamp: str, text: str) -> None:
            if (what := decision_in(text)) is not None:
                history.append(Decision(pod, wall_of(stamp) + offset, what))

        while not stop.is_set():
            for pod in self._running():
                readers.setdefault(pod, _Reader(self.kube, pod, keep, stop, since)).run()
            stop.wait(LOOK_S)
        for reader in readers.values():
            if reader.thread is not None:
                reader.thread.join()

    def _running(self) -> list[str]:
        try:
            return [p.name for part in self.components for p in self.kube.pods(part) if p.container_id]
        except KubeError:
            return []
