"""The cluster as it was asked once, for a rehearsal: reads come from there, a change is told as the command for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from lightkube.resources.core_v1 import Node, Pod

from chaos.kube.facts import NodeInfo, PodInfo, node_of, pod_of
from chaos.targets.gke_nodes import GkeNodes, Instance
from chaos.targets.gke_tool import Command, Tool
from chaos.targets.gke_words import into_pod, kubectl
from cluster.gke.settings import GkeSettings

__all__ = ["PresumedKube", "Snapshot", "asked", "example"]

ASK_S = 60.0
REPLICAS = {"statefulset": 3, "deployment": 2}


@dataclass(frozen=True)
class Snapshot:
    """What is there, and by whom it is known."""

    nodes: tuple[NodeInfo, ...]
    pods: tuple[PodInfo, ...]
    config: Mapping[str, str]
    """The ConfigMap `ha`."""
    status: str
    """What `ha status --json` says."""
    images: Mapping[str, Sequence[str]]
    """Of the workloads by name."""
    instances: Mapping[str, Instance]


def asked(settings: GkeSettings, tool: Tool) -> Snapshot:
    """Ask the cluster; changes nothing. Raises FaultError, and ValueError for an answer that is none."""

    def items(*words: str) -> list[Any]:
        found = json.loads(tool.run(kubectl(settings, "get", *words, "--output=json"), ASK_S))
        return list(found["items"])

    status = into_pod(settings, "postgres-0", "sh", "-c", "ha status --json || true")
    config = json.loads(tool.run(kubectl(settings, "get", "configmap", "ha", "--output=json"), ASK_S))["data"]
    return Snapshot(
        tuple(node_of(cast(Node, Node.from_dict(item))) for item in items("nodes")),
        tuple(pod_of(cast(Pod, Pod.from_dict(item))) for item in items("pods")),
        config,
        tool.run(status, ASK_S),
        {item["metadata"]["name"]: _images(item) for item in items("statefulsets,deployments")},
        GkeNodes(tool, settings).instances(),
    )


def _images(item: Mapping[str, Any]) -> list[str]:
    return [container["image"] for container in item["spec"]["template"]["spec"]["containers"]]


def example(settings: GkeSettings) -> Snapshot:
    """Return a platform as `up` makes it, with names that tell what they stand for."""
    names = [f"NODE-OF-POSTGRES-{number}" for number in range(3)]
    nodes = [_node(name) for name in [*names, "NODE-WITHOUT-POSTGRES"]]
    pods = [_pod("postgres", f"postgres-{number}", node) for number, node in enumerate(names)]
    pods += [_pod(part, f"{part.upper()}-POD-{n}", names[n]) for part in ("pgpool", "todo") for n in range(2)]
    roles = ("primary", "standby", "standby")
    accounts = [{"name": f"postgres-{n}", "role": role, "streaming": n > 0} for n, role in enumerate(roles)]
    config = {
        "members": [f"postgres-{number}.postgres" for number in range(3)],
        "sync_standbys": 1,
        "timing": {"profile": "default"},
    }
    status = json.dumps({"nodes": accounts, "why": []})
    images = {name: [f"{settings.registry}/{name}:TAG"] for name in ("postgres", "pgpool", "todo")}
    made = {node.name: Instance("running", f"ZONE-OF-{node.name}", f"GROUP-OF-{node.name}") for node in nodes}
    return Snapshot(tuple(nodes), tuple(pods), {"ha.json": json.dumps(config)}, status, images, made)


def _node(name: str) -> NodeInfo:
    return NodeInfo(name, f"ADDRESS-OF-{name}", f"POD-CIDR-OF-{name}", True, 0.0, True)


def _pod(component: str, name: str, node: str) -> PodInfo:
    owner = "StatefulSet" if component == "postgres" else "ReplicaSet"
    return PodInfo(
        name, node, f"IP-OF-{name}", True, False, "", name, component, "kube-flask", owner, "Running"
    )


class PresumedKube:
    """As chaos.kube.client.Kube, as far as the faults and the target use it."""

    def __init__(self, settings: GkeSettings, found: Snapshot, say: Callable[[Command], object]) -> None:
        self._settings, self._found, self._say = settings, found, say
        self._pods = list(found.pods)
        self._marks: dict[str, dict[str, str]] = {}

    def __enter__(self) -> PresumedKube:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def _do(self, *words: str) -> None:
        self._say(kubectl(self._settings, *words))

    def pods(self, component: str | None = None) -> list[PodInfo]:
        """Return the pods of a component, or all."""
        return [pod for pod in self._pods if component in (None, pod.component)]

    def pods_on(self, node: str) -> list[PodInfo]:
        """Return the pods of a node that were not evicted."""
        return [pod for pod in self._pods if pod.node == node]

    def pod(self, name: str) -> PodInfo:
        """Return one pod."""
        return next(pod for pod in self._found.pods if pod.name == name)

    def node_infos(self) -> list[NodeInfo]:
        """Return the nodes, all of which are well."""
        return [replace(node, heartbeat=time.time(), ready=True) for node in self._found.nodes]

    def nodes(self) -> dict[str, str]:
        """Return the addresses of the nodes."""
        return {node.name: node.address for node in self._found.nodes}

    def config_map(self, name: str) -> dict[str, str]:
        """Return the settings of the agents."""
        return dict(self._found.config)

    def images(self, kind: str, name: str) -> list[str]:
        """Return the images of a workload."""
        return list(self._found.images[name])

    def counts(self, kind: str, name: str) -> dict[str, int]:
        """Return a workload that is complete."""
        return dict.fromkeys(("wanted", "replicas", "ready", "updated"), REPLICAS[kind])

    def schedulable(self, node: str) -> bool:
        """Return that pods may come."""
        return True

    def annotations(self, kind: str, name: str, namespace: str | None = None) -> dict[str, str]:
        """Return what was annotated."""
        return self._marks.get(name, {})

    def annotate(
        self, kind: str, name: str, annotations: Mapping[str, str | None], namespace: str | None = None
    ) -> None:
        """Tell it, and keep it."""
        kept = {**self._marks.get(name, {}), **annotations}
        self._marks[name] = {key: value for key, value in kept.items() if value is not None}
        told = [f"{key}-" if value is None else f"{key}={value}" for key, value in annotations.items()]
        self._do("annotate", kind, name, *told)

    def cordon(self, node: str, on: bool) -> None:
        """Tell it."""
        self._do("cordon" if on else "uncordon", node)

    def evict(self, pod: str, dry_run: bool = False, namespace: str | None = None) -> int:
        """Tell it, and have the pod gone."""
        self._pods = [other for other in self._pods if other.name != pod]
        place = f"/api/v1/namespaces/{namespace or self._settings.namespace}/pods/{pod}/eviction"
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
        self._say(kubectl(self._settings, "create", f"--raw={place}", "--filename=-").of(json.dumps(body)))
        return 201

    def delete_pod(self, name: str, grace_s: int | None = None) -> None:
        """Tell it."""
        forced = () if grace_s is None else (f"--grace-period={grace_s}", "--force")
        self._do("delete", "pod", name, *forced, "--wait=false")
