"""What a fault breaks things with: the API server, a shell on every node, and the engine that runs the nodes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from chaos.clients.process import likewise
from chaos.events import Eviction
from chaos.faults.scripts import ARM, DISARM
from chaos.kube.client import Kube, KubeError, NodeInfo, PodInfo
from chaos.targets.base import TargetError

__all__ = ["RUNNING", "FaultError", "Hands", "NodeEngine", "NodeShell", "both", "moment", "wait_until"]

RUNNING, PAUSED = "running", "paused"
RUN_S = 10.0
"""One command on a node; `docker exec` was seen to take 0.2 s here, and 2 s when both cores are busy."""
POLL_S = 0.25
TICK_S = 0.02
"""/proc/uptime counts hundredths of a second."""
T = TypeVar("T")
U = TypeVar("U")


class FaultError(TargetError):
    """Something could not be broken or put right; one sentence says what, why, and what to do."""


class NodeShell(Protocol):
    """Commands on a node as root, which work also when its network does not."""

    def run(self, node: str, argv: Sequence[str], timeout_s: float = RUN_S) -> str:
        """Return what a command prints. Raises FaultError when it cannot be run or does not exit with 0."""


class NodeEngine(Protocol):
    """Whoever runs the nodes: docker for kind, a cloud's API elsewhere. Every method raises FaultError."""

    def states(self) -> Mapping[str, str]:
        """Return `running`, `paused`, `exited` or another word for every node there is, by name."""

    def kill(self, node: str) -> None:
        """End it at once, as if its power were cut (its disk keeps what the page cache held)."""

    def start(self, node: str) -> None:
        """Start it again with the address it had."""

    def pause(self, node: str) -> None:
        """Stop all its processes where they are; its network goes on acknowledging packets."""

    def unpause(self, node: str) -> None:
        """Let them go on."""


def _ignore(eviction: Eviction) -> None:
    pass


@dataclass(frozen=True)
class Hands:
    """Everything that faults use, for one cluster; may be used by several threads at once."""

    kube: Kube
    shell: NodeShell
    engine: NodeEngine
    note: Callable[[Eviction], None] = _ignore
    """Is told every eviction that a drain asks for, with its answer."""
    lease_s: float = 0.0
    """After so long a node itself undoes what was done on it, should nobody else; 0 = never."""
    spared_port: int = 0
    """TCP port of the nodes that no cut closes, where commands come over the network; 0 = none."""
    ready_s: float = 120.0
    """For a node that was started to be Ready; on kind it was seen within 25 s."""

    def sh(self, node: str, script: str, *args: str) -> list[str]:
        """Run a script on a node and return the lines it prints. Raises FaultError."""
        return self.shell.run(node, ["sh", "-c", script, "sh", *args]).splitlines()

    def undo_later(self, node: str, name: str, script: str, *args: str) -> None:
        """Let a node run a script after `lease_s`, whoever lives then; before it is broken. Raises FaultError."""
        if self.lease_s:
            self.sh(node, ARM, f"{self.lease_s:g}", name, script, *args)

    def undone(self, node: str, name: str) -> None:
        """Take back an `undo_later`. Raises FaultError."""
        if self.lease_s:
            self.sh(node, DISARM, name)

    def running(self) -> list[str]:
        """Return the nodes on which commands can be run now. Raises FaultError."""
        return sorted(node for node, state in self.engine.states().items() if state == RUNNING)

    def on_every_node(self, do: Callable[[str], T]) -> dict[str, T]:
        """Call it for every running node at the same time and return the answers. Raises what it raises."""
        nodes = self.running()
        with ThreadPoolExecutor(max(1, len(nodes)), "node", likewise()) as threads:
            return dict(zip(nodes, threads.map(do, nodes), strict=True))

    def pod(self, name: str) -> PodInfo:
        """Return a pod that is on a node. Raises FaultError."""
        try:
            pod = self.kube.pod(name)
        except KubeError as error:
            raise FaultError(str(error)) from error
        if not pod.node:
            raise FaultError(f"{name} is on no node now; wait until it is scheduled, see `kubectl get pods`.")
        return pod

    def members_on(self, node: str) -> tuple[str, ...]:
        """Return the PostgreSQL pods of a node. Raises FaultError."""
        try:
            return tuple(pod.name for pod in self.kube.pods("postgres") if pod.node == node)
        except KubeError as error:
            raise FaultError(str(error)) from error

    def node(self, name: str) -> NodeInfo:
        """Return a node with its addresses. Raises FaultError."""
        try:
            infos = {info.name: info for info in self.kube.node_infos()}
        except KubeError as error:
            raise FaultError(str(error)) from error
        if name not in infos:
            raise FaultError(f"There is no node {name}; there are {', '.join(infos)}.")
        return infos[name]


def moment(lines: Sequence[str], before: float) -> float:
    """Return the monotonic moment of the line `at UPTIME` that a script printed right before it broke something.

    Falls back to `before`, the moment the script was sent, when the node's clock is not this machine's.
    """
    offset = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    for line in lines:
        word, _, uptime = line.partition(" ")
        if word == "at":
            at = float(uptime) - offset
            return max(at, before) if before - TICK_S <= at <= time.monotonic() else before
    return before


def wait_until(look: Callable[[], bool], within_s: float, stop: threading.Event | None = None) -> bool:
    """Look again and again until it is true or `stop` is set; return what was seen last."""
    stop = stop or threading.Event()
    deadline = time.monotonic() + within_s
    while not (seen := look()):
        if time.monotonic() > deadline or stop.wait(POLL_S):
            break
    return seen


def both(one: Callable[[], T], other: Callable[[], U]) -> tuple[T, U]:
    """Call both at the same time; raises the first one's error when both fail."""
    with ThreadPoolExecutor(2, "both", likewise()) as threads:
        first, second = threads.submit(one), threads.submit(other)
        return first.result(), second.result()
