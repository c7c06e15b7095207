"""Test-only NodePorts: every measurement goes through a node's own address, never through a port-forward."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from lightkube.models.core_v1 import ServicePort, ServiceSpec
from lightkube.models.discovery_v1 import Endpoint as SliceEndpoint
from lightkube.models.discovery_v1 import EndpointConditions, EndpointPort
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Service
from lightkube.resources.discovery_v1 import EndpointSlice

from chaos.clients.postgres import Endpoint
from chaos.faults.hands import Hands
from chaos.kube.client import MANAGER, Kube
from chaos.kube.facts import COMPONENT, PodInfo
from chaos.targets.kind_clients import Ways

__all__ = ["LABELS", "PGPOOL_PORT", "Doors", "forget_unanswered", "member_port", "places", "ways"]

TODO_PORT = 30080
"""The application's own, fixed by synth."""
PGPOOL_PORT = 30432
MEMBER_PORT = 30440
POOL_PORT = 30460
POOLS_MAX = 16
"""Doors to single pgpool pods; a rollout has a few more pods than the Deployment."""
POSTGRES = 5432
UNANSWERED = "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_syn_sent"
UNANSWERED_S = 5
"""Clients give up after 1 s. Linux keeps such an attempt for 120 s and sends the next one from the same port to the
same pod's address, which is another pod's by then when the node was killed: probes of a standby were acknowledged so,
by the primary, through pgpool (2 of 20 runs of node-killed; 315 attempts were kept)."""
LABELS = {"app.kubernetes.io/part-of": MANAGER}
"""What carries them is ours, and goes when we go."""


def member_port(member: str) -> int:
    """Return the port that leads to one PostgreSQL node."""
    return MEMBER_PORT + int(member.rsplit("-", 1)[1])


def ways(host: str, members: Sequence[str]) -> Ways:
    """Return the ways through the doors on a node's address."""
    direct = {member: Endpoint(host, member_port(member)) for member in members}
    return Ways(direct, Endpoint(host, PGPOOL_PORT), Endpoint(host, TODO_PORT))


def places(kept: Mapping[str, int], pods: Sequence[PodInfo], last: int) -> dict[str, int]:
    """Return the place of every pod that has an address: an old one keeps its own, a new one takes the next free.

    Places go round after `last`, the newest one taken: a door that led to a pod a moment ago still does so until
    kube-proxy heard of it, and then a pod would be called by another's name. Pods beyond POOLS_MAX have none.
    """
    names = [pod.name for pod in pods if pod.ip]
    found = {name: kept[name] for name in names if name in kept}
    turns = ((last + turn) % POOLS_MAX for turn in range(1, POOLS_MAX + 1))
    free = [place for place in turns if place not in found.values()]
    return found | dict(zip((name for name in names if name not in found), free, strict=False))


def forget_unanswered(hands: Hands, node: str) -> None:
    """Let the node whose address the doors have forget attempts that nobody answers, where it can be told to.

    Raises FaultError.
    """
    hands.sh(node, f"[ ! -w {UNANSWERED} ] || echo {UNANSWERED_S} > {UNANSWERED}")


class Doors:
    """The NodePorts of one run: pgpool, every member, and every single pgpool pod. Raises KubeError."""

    def __init__(self, kube: Kube, members: Sequence[str]) -> None:
        self._kube, self._members = kube, tuple(members)
        self._lock = threading.Lock()
        self._pools: dict[str, int] = {}
        self._last = -1

    def open(self) -> None:
        """Create the Services, or leave them when a former run did."""
        self._kube.apply(_service("chaos-pgpool", PGPOOL_PORT, {COMPONENT: "pgpool"}))
        for member in self._members:
            selector = {"statefulset.kubernetes.io/pod-name": member}
            self._kube.apply(_service(f"chaos-{member}", member_port(member), selector))
        self.refresh(self._kube.pods("pgpool"))

    def refresh(self, pods: Sequence[PodInfo]) -> dict[str, int]:
        """Lead one door to each pgpool pod; return the ports by the pods' names."""
        with self._lock:
            known, self._pools = self._pools, places(self._pools, pods, self._last)
            for pod in pods:
                if pod.name in self._pools and pod.name not in known:
                    self._last = self._pools[pod.name]
                    self._lead(self._last, pod.ip)
        return self.pools

    def _lead(self, place: int, ip: str) -> None:
        name = f"chaos-pool-{place}"
        # Without a selector nobody but us says where it leads: the pods of a Deployment have no label of their own.
        self._kube.apply(_service(name, POOL_PORT + place, None), _slice(name, ip))

    @property
    def pools(self) -> dict[str, int]:
        """The ports by the pgpool pods' names, as they were led last."""
        with self._lock:
            return {name: POOL_PORT + place for name, place in self._pools.items()}


def _service(name: str, port: int, selector: dict[str, str] | None) -> Service:
    return Service(
        metadata=ObjectMeta(name=name, labels=LABELS),
        spec=ServiceSpec(
            type="NodePort",
            selector=selector,
            # As the headless Services do: who is unready still answers those who ask how it is.
            publishNotReadyAddresses=True,
            ports=[ServicePort(name="postgres", port=POSTGRES, targetPort=POSTGRES, nodePort=port)],
        ),
    )


def _slice(name: str, ip: str) -> EndpointSlice:
    labels = {**LABELS, "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": MANAGER}
    return EndpointSlice(
        metadata=ObjectMeta(name=name, labels=labels),
        addressType="IPv6" if ":" in ip else "IPv4",
        endpoints=[SliceEndpoint(addresses=[ip], conditions=EndpointConditions(ready=True))],
        ports=[EndpointPort(name="postgres", port=POSTGRES, protocol="TCP")],
    )
