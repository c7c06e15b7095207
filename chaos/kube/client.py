"""The cluster through one lightkube client: cheap enough to be polled five times a second from several threads."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2
from lightkube import Client, KubeConfig
from lightkube.config import client_adapter
from lightkube.core.resource import NamespacedResource
from lightkube.models.autoscaling_v1 import ScaleSpec
from lightkube.models.meta_v1 import DeleteOptions, ObjectMeta
from lightkube.resources.apps_v1 import DaemonSet, Deployment, StatefulSet
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import ConfigMap, Node, Pod, PodEviction, Secret, Service
from lightkube.resources.discovery_v1 import EndpointSlice
from lightkube.resources.policy_v1 import PodDisruptionBudget
from lightkube.types import PatchType

from chaos.events import Budget
from chaos.kube.errors import KubeError, asked_to, missing_is_fine
from chaos.kube.facts import COMPONENT, NodeInfo, PodInfo, address_of, budget_of, node_of, pod_of

__all__ = ["MANAGER", "Kube", "KubeError", "NodeInfo", "PodInfo"]

MANAGER = "kube-flask-chaos"
TIMEOUT_S = 5.0
"""Of one request. Faults may make the API server silent; whoever polls must notice and go on."""
LOG_SILENCE_S = 3.0
"""A followed log that says nothing for so long is asked for anew: its node may be gone without a word."""
REFUSED = 429
ALLOWED = 201
SCALED: dict[str, Any] = {"deployment": Deployment, "statefulset": StatefulSet}
ANNOTATED: dict[str, Any] = {"node": Node, "pod": Pod, "daemonset": DaemonSet, **SCALED}


class Kube:
    """One namespace of the cluster of a kubeconfig. Every method raises KubeError. Used by many threads at once."""

    def __init__(self, kubeconfig: Path, namespace: str, timeout_s: float = TIMEOUT_S) -> None:
        self.namespace = namespace
        with asked_to(f"use the cluster of {kubeconfig}"):
            config = KubeConfig.from_file(kubeconfig).get()
            timeout = httpx2.Timeout(timeout_s)
            # trust_env would let a proxy of the environment stand between us and the cluster.
            self._client = Client(config, namespace, timeout, field_manager=MANAGER, trust_env=False)
            silence = httpx2.Timeout(timeout_s, read=LOG_SILENCE_S)
            params = client_adapter.ConnectionParams(timeout=silence, trust_env=False)
            self._logs = client_adapter.Client(self._client.config, params)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._logs.close()

    def __enter__(self) -> Kube:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pods(self, component: str | None = None) -> list[PodInfo]:
        """Return the pods of one component, or of the namespace, by name; those that are ending are marked."""
        labels: dict[str, Any] = {COMPONENT: component} if component else {}
        with asked_to(f"list the pods of {component or self.namespace}"):
            return sorted(map(pod_of, self._client.list(Pod, labels=labels)), key=lambda pod: pod.name)

    def pods_on(self, node: str) -> list[PodInfo]:
        """Return the pods of all namespaces on a node."""
        with asked_to(f"list the pods on {node}"):
            found = self._client.list(Pod, namespace="*", fields={"spec.nodeName": node})
            return sorted(map(pod_of, found), key=lambda pod: (pod.namespace, pod.name))

    def pod(self, name: str) -> PodInfo:
        """Return one pod."""
        with asked_to(f"get pod {name}"):
            return pod_of(self._client.get(Pod, name))

    def delete_pod(self, name: str, grace_s: int | None = None) -> None:
        """Ask for a pod's deletion; with 0 the object goes at once, whatever its containers do."""
        with asked_to(f"delete pod {name}"):
            self._client.delete(Pod, name, grace_period=grace_s)

    def evict(self, pod: str, dry_run: bool = False, namespace: str | None = None) -> int:
        """Ask the eviction subresource, as a drain does; return 201 (allowed) or 429 (the budget refuses)."""
        options = DeleteOptions(dryRun=["All"] if dry_run else None)
        eviction = PodEviction(metadata=ObjectMeta(name=pod), deleteOptions=options)
        try:
            with asked_to(f"evict pod {pod}"):
                self._client.create(eviction, pod, namespace=namespace or self.namespace)
        except KubeError as error:
            if error.status == REFUSED:
                return REFUSED
            raise
        return ALLOWED

    def budget(self, name: str) -> Budget:
        """Return a PodDisruptionBudget's status, stamped with the moment of the request."""
        at = time.monotonic()
        with asked_to(f"get poddisruptionbudget {name}"):
            return budget_of(self._client.get(PodDisruptionBudget, name), at)

    def nodes(self) -> dict[str, str]:
        """Return the numeric address of every node."""
        with asked_to("list the nodes"):
            found = {str(node.metadata.name): node for node in self._client.list(Node) if node.metadata}
        try:
            return {name: address_of(node) for name, node in sorted(found.items())}
        except ValueError as error:
            raise KubeError(f"Cannot use the nodes: {error}") from error

    def node_infos(self) -> list[NodeInfo]:
        """Return every node with its range of pod addresses and its kubelet's last word."""
        with asked_to("list the nodes"):
            return sorted(map(node_of, self._client.list(Node)), key=lambda node: node.name)

    def cordon(self, node: str, on: bool) -> None:
        """Keep new pods off a node, or let them on it again."""
        with asked_to(f"{'cordon' if on else 'uncordon'} node {node}"):
            self._client.patch(Node, node, {"spec": {"unschedulable": on}})

    def schedulable(self, node: str) -> bool:
        """Whether new pods may come to a node."""
        with asked_to(f"get node {node}"):
            spec = self._client.get(Node, node).spec
        return not (spec and spec.unschedulable)

    def scale(self, deployment: str, namespace: str | None = None, replicas: int = 0) -> int:
        """Set how many pods a Deployment has; return how many it was to have before."""
        namespace = namespace or self.namespace
        with asked_to(f"scale deployment {deployment} to {replicas}"):
            found = self._client.get(Deployment.Scale, deployment, namespace=namespace)
            before = found.spec.replicas if found.spec else None
            found.spec = ScaleSpec(replicas=replicas)
            self._client.replace(found, deployment, namespace=namespace)
        return before or 0

    def counts(self, kind: str, name: str) -> dict[str, int]:
        """Return of a `deployment` or `statefulset`: wanted, replicas, ready, updated (pods)."""
        with asked_to(f"get {kind} {name}"):
            found: Any = self._client.get(SCALED[kind], name)
        spec, status = found.spec, found.status
        return {
            "wanted": spec.replicas,
            "replicas": status.replicas or 0,
            "ready": status.readyReplicas or 0,
            "updated": status.updatedReplicas or 0,
        }

    def renewed_at(self, lease: str, namespace: str) -> float:
        """Return when the holder of a Lease last said that it leads, by the wall clock; 0.0 = nobody ever did."""
        with asked_to(f"get lease {lease}"):
            spec = self._client.get(Lease, lease, namespace=namespace).spec
        return spec.renewTime.timestamp() if spec and spec.renewTime else 0.0

    def annotate(
        self, kind: str, name: str, annotations: Mapping[str, str | None], namespace: str | None = None
    ) -> None:
        """Set annotations of a node, pod, deployment, statefulset or daemonset; None removes one."""
        patch = {"metadata": {"annotations": dict(annotations)}}
        with asked_to(f"annotate {kind} {name}"):
            self._client.patch(
                ANNOTATED[kind], name, patch, patch_type=PatchType.MERGE, **_where(kind, namespace)
            )

    def annotations(self, kind: str, name: str, namespace: str | None = None) -> dict[str, str]:
        """Return the annotations of a node, pod, deployment, statefulset or daemonset."""
        with asked_to(f"get {kind} {name}"):
            found: Any = self._client.get(ANNOTATED[kind], name, **_where(kind, namespace))
        return dict(found.metadata.annotations or {})

    def secret(self, name: str) -> dict[str, str]:
        """Return the decoded values of a Secret."""
        with asked_to(f"get secret {name}"):
            data = self._client.get(Secret, name).data or {}
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def config_map(self, name: str) -> dict[str, str]:
        """Return the values of a ConfigMap."""
        with asked_to(f"get configmap {name}"):
            return dict(self._client.get(ConfigMap, name).data or {})

    def images(self, kind: str, name: str) -> list[str]:
        """Return the images of the containers of a `deployment` or `statefulset`."""
        with asked_to(f"get {kind} {name}"):
            found: Any = self._client.get(SCALED[kind], name)
        return [str(container.image) for container in found.spec.template.spec.containers]

    def apply(self, *objects: NamespacedResource) -> None:
        """Create or change objects by server-side apply, as the one who owns them."""
        for item in objects:
            with asked_to(f"apply {type(item).__name__.lower()} {item.metadata.name}"):  # type: ignore[attr-defined]
                self._client.apply(item, force=True)

    def delete_labelled(self, labels: Mapping[str, str]) -> list[str]:
        """Delete the Services and EndpointSlices that carry all labels; return their names."""
        gone = []
        kinds: tuple[Any, ...] = (Service, EndpointSlice)
        for kind in kinds:
            with asked_to(f"delete the {kind.__name__}s of {labels}"):
                names = [str(item.metadata.name) for item in self._client.list(kind, labels=dict(labels))]
                for name in names:
                    with missing_is_fine():
                        self._client.delete(kind, name)
            gone += names
        return gone

    def log(self, pod: str, since: str) -> Iterator[str]:
        """Follow a pod's log from a moment (RFC 3339) on, each line stamped by the kubelet.

        Ends when the container does, or after LOG_SILENCE_S without a line: ask again from the last stamp.
        """
        url = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/log"
        params = {"follow": "true", "timestamps": "true", "sinceTime": since}
        with asked_to(f"read the log of {pod}"):
            try:
                with self._logs.stream("GET", url, params=params) as answer:
                    answer.raise_for_status()
                    yield from answer.iter_lines()
            except httpx2.ReadTimeout:
                return


def _where(kind: str, namespace: str | None) -> dict[str, Any]:
    return {} if kind == "node" or namespace is None else {"namespace": namespace}
