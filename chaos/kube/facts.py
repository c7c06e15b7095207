"""Pods and budgets as plain values, made from what the API server answers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node, Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from chaos.events import Budget

__all__ = ["COMPONENT", "NodeInfo", "PodInfo", "address_of", "budget_of", "node_of", "pod_of"]

COMPONENT = "app.kubernetes.io/name"
"""The label that says what a pod is: `postgres`, `pgpool`, `todo`."""


@dataclass(frozen=True)
class PodInfo:
    """One pod at one moment; empty strings for what it does not have yet."""

    name: str
    node: str
    ip: str
    ready: bool
    ending: bool
    """Its deletion was asked for; it may still run."""
    container_id: str
    """Of its first container, as `ctr --namespace=k8s.io tasks` names it."""
    uid: str
    component: str
    namespace: str = ""
    owner: str = ""
    """The kind of its controller: `StatefulSet`, `ReplicaSet`, `DaemonSet`, `Job`, `Node`, ..."""
    phase: str = ""
    """`Pending`, `Running`, `Succeeded`, `Failed`."""


def pod_of(pod: Pod) -> PodInfo:
    """Return the value of a pod."""
    meta, spec, status = pod.metadata or ObjectMeta(), pod.spec, pod.status
    conditions = (status.conditions if status else None) or []
    containers = (status.containerStatuses if status else None) or []
    return PodInfo(
        name=meta.name or "",
        node=(spec.nodeName if spec else None) or "",
        ip=(status.podIP if status else None) or "",
        ready=any(c.type == "Ready" and c.status == "True" for c in conditions),
        ending=meta.deletionTimestamp is not None,
        container_id=_bare(containers[0].containerID) if containers else "",
        uid=meta.uid or "",
        component=(meta.labels or {}).get(COMPONENT, ""),
        namespace=meta.namespace or "",
        owner=next((owner.kind for owner in meta.ownerReferences or [] if owner.controller), ""),
        phase=(status.phase if status else None) or "",
    )


def _bare(container_id: str | None) -> str:
    return (container_id or "").rpartition("//")[2]


def budget_of(budget: PodDisruptionBudget, at: float) -> Budget:
    """Return the status of a budget that was asked for at `at`; zeros for what its controller has not set."""
    name, status = (budget.metadata or ObjectMeta()).name or "", budget.status
    if status is None:
        return Budget(name, at, current=0, desired=0, allowed=0, expected=0)
    return Budget(
        name,
        at,
        current=status.currentHealthy or 0,
        desired=status.desiredHealthy or 0,
        allowed=status.disruptionsAllowed or 0,
        expected=status.expectedPods or 0,
    )


@dataclass(frozen=True)
class NodeInfo:
    """One node as the API server knows it; empty strings for what it does not have yet."""

    name: str
    address: str
    pod_cidr: str
    ready: bool
    """By the kubelet's last word, which may be 40 s old when the node is gone."""
    heartbeat: float
    """When the kubelet last said so, by the wall clock in whole seconds; 0 = never."""
    schedulable: bool


def node_of(node: Node) -> NodeInfo:
    """Return the value of a node."""
    conditions = (node.status.conditions if node.status else None) or []
    ready = next((condition for condition in conditions if condition.type == "Ready"), None)
    try:
        address = address_of(node)
    except ValueError:
        address = ""
    return NodeInfo(
        name=str(node.metadata.name) if node.metadata else "",
        address=address,
        pod_cidr=(node.spec.podCIDR if node.spec else None) or "",
        ready=ready is not None and ready.status == "True",
        heartbeat=ready.lastHeartbeatTime.timestamp() if ready and ready.lastHeartbeatTime else 0.0,
        schedulable=not (node.spec and node.spec.unschedulable),
    )


def address_of(node: Node) -> str:
    """Return a node's own numeric address. Raises ValueError when it has none yet."""
    addresses = (node.status.addresses if node.status else None) or []
    for address in addresses:
        if address.type == "InternalIP":
            return str(ipaddress.ip_address(address.address))
    raise ValueError("it has no InternalIP")
