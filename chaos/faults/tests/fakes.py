"""A cluster that only remembers what was done to it: for what faults do when half of it does not answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from chaos.faults.hands import RUN_S, FaultError, Hands
from chaos.kube.client import Kube, KubeError, NodeInfo, PodInfo

__all__ = ["FakeCluster", "pod"]


def pod(name: str, node: str, owner: str = "StatefulSet", phase: str = "Running") -> PodInfo:
    component = name.partition("-")[0]
    return PodInfo(
        name, node, "10.0.0.9", True, False, "c", f"uid-{name}", component, "kube-flask", owner, phase
    )


@dataclass
class FakeCluster:
    """Shell, engine and API server in one; `printed` is what scripts print, the next one first."""

    node_states: dict[str, str]
    pods_there: list[PodInfo] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    marks: dict[str, dict[str, str]] = field(default_factory=dict)
    cordoned: set[str] = field(default_factory=set)
    answers: bool = True
    evictions: list[int] = field(default_factory=list)

    def hands(self) -> Hands:
        return Hands(cast(Kube, self), self, self)

    def run(self, node: str, argv: Sequence[str], timeout_s: float = RUN_S) -> str:
        if self.node_states.get(node) != "running":
            raise FaultError(f"{node} does not run")
        self.did.append(f"{node}: {' '.join(argv[4:])}")
        return self.printed.pop(0) if self.printed else ""

    def states(self) -> Mapping[str, str]:
        return self.node_states

    def kill(self, node: str) -> None:
        self.node_states[node] = "exited"

    def start(self, node: str) -> None:
        self.did.append(f"start {node}")
        self.node_states[node] = "running"

    def pause(self, node: str) -> None:
        self.node_states[node] = "paused"

    def unpause(self, node: str) -> None:
        self.did.append(f"unpause {node}")
        self.node_states[node] = "running"

    def _ask(self) -> None:
        if not self.answers:
            raise KubeError("Cannot do it: the API server did not answer")

    def pod(self, name: str) -> PodInfo:
        self._ask()
        return next(pod for pod in self.pods_there if pod.name == name)

    def pods(self, component: str | None = None) -> list[PodInfo]:
        self._ask()
        return [pod for pod in self.pods_there if component in (None, pod.component)]

    def pods_on(self, node: str) -> list[PodInfo]:
        return [pod for pod in self.pods() if pod.node == node]

    def node_infos(self) -> list[NodeInfo]:
        self._ask()
        return [
            NodeInfo(name, f"172.18.0.{n}", f"10.{n}.0.0/24", True, time.time(), name not in self.cordoned)
            for n, name in enumerate(self.node_states)
        ]

    def nodes(self) -> dict[str, str]:
        return {info.name: info.address for info in self.node_infos()}

    def schedulable(self, node: str) -> bool:
        self._ask()
        return node not in self.cordoned

    def cordon(self, node: str, on: bool) -> None:
        self._ask()
        (self.cordoned.add if on else self.cordoned.discard)(node)

    def annotations(self, kind: str, name: str) -> dict[str, str]:
        self._ask()
        return self.marks.get(name, {})

    def annotate(self, kind: str, name: str, annotations: Mapping[str, str | None]) -> None:
        self._ask()
        kept = {**self.marks.get(name, {}), **annotations}
        self.marks[name] = {key: value for key, value in kept.items() if value is not None}

    def evict(self, name: str, dry_run: bool = False, namespace: str | None = None) -> int:
        self._ask()
        answer = self.evictions.pop(0) if self.evictions else 201
        self.did.append(f"evict {name}: {answer}")
        if answer == 201:
            self.pods_there = [pod for pod in self.pods_there if pod.name != name]
        return answer

    def delete_pod(self, name: str, grace_s: int | None = None) -> None:
        self._ask()
        self.did.append(f"delete {name} {grace_s}")
