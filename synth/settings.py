"""Every knob of the platform with its reason; a Settings object that exists is a valid one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from synth import checks, derive
from synth.checks import SettingsError, between, require
from synth.failpoints import Failpoints
from synth.quantity import cpu_cores, memory_bytes, memory_mb
from synth.timing import Timing

__all__ = [
    "Images",
    "Pgpool",
    "Postgres",
    "Resources",
    "Settings",
    "SettingsError",
    "Storage",
    "Tags",
    "Todo",
]

RELEASE = "0.1.0"
"""Tag of the images that dist/ names; equal to the version in pyproject.toml (a test compares)."""
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
REGISTRY = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
CLASS = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")


@dataclass(frozen=True)
class Tags:
    """Tag of each image. `images.tag: X` sets all three; a bring-up on kind gives each its content hash."""

    SHORTHAND: ClassVar[tuple[str, ...]] = ("todo", "postgres", "pgpool")
    todo: str = RELEASE
    postgres: str = RELEASE
    pgpool: str = RELEASE

    def __post_init__(self) -> None:
        for name in self.SHORTHAND:
            checks.pattern(name, getattr(self, name), TAG, "an image tag: letters, digits, '.', '_' and '-'")


@dataclass(frozen=True)
class Images:
    """Where the three images come from: REGISTRY/todo:TAG and so on."""

    registry: str = "kube-flask"
    tag: Tags = field(default_factory=Tags)
    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    pull_secret: str = ""
    """Name of a Secret of type dockerconfigjson, for a private registry; empty = none."""

    def __post_init__(self) -> None:
        checks.pattern("registry", self.registry, REGISTRY, "host[:port]/path in lower case, without a tag")
        if self.pull_secret:
            checks.name("pull_secret", self.pull_secret, "a Secret")


@dataclass(frozen=True)
class Resources:
    """What one pod asks for and may use at most."""

    cpu: str
    memory: str
    memory_limit: str
    cpu_limit: str = ""
    """Empty = none: a throttled agent misses its own deadlines, which looks like a dead node."""

    def __post_init__(self) -> None:
        checks.cpu("cpu", self.cpu)
        checks.memory("memory", self.memory, "512Mi")
        checks.memory("memory_limit", self.memory_limit, "1Gi")
        enough = memory_bytes(self.memory_limit) >= memory_bytes(self.memory)
        require(enough, "memory_limit", f"is {self.memory_limit}, less than memory ({self.memory}); raise it")
        if self.cpu_limit:
            checks.cpu("cpu_limit", self.cpu_limit)
            enough = cpu_cores(self.cpu_limit) >= cpu_cores(self.cpu)
            require(enough, "cpu_limit", f"is {self.cpu_limit}, less than cpu ({self.cpu}); raise it")


@dataclass(frozen=True)
class Storage:
    """The volume of each PostgreSQL node."""

    class_name: str = ""
    """Empty = the cluster's default StorageClass."""
    size: str = "10Gi"

    def __post_init__(self) -> None:
        checks.memory("size", self.size, "10Gi")
        if self.class_name:
            checks.name("class_name", self.class_name, "a StorageClass")


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL nodes."""

    nodes: int = 3
    shared_buffers_mb: int = 512
    resources: Resources = Resources(cpu="500m", memory="1Gi", memory_limit="3Gi")
    termination_grace_s: int = 90
    """A handoff (checkpoint, fast stop, vote: 10-15 s) and then a shutdown checkpoint on a slow disk."""

    def __post_init__(self) -> None:
        require(
            self.nodes in (3, 5), "nodes", f"is {self.nodes}; a quorum needs an odd number: choose 3 or 5"
        )
        between("shared_buffers_mb", self.shared_buffers_mb, 16, 1 << 20, "MB")
        between("termination_grace_s", self.termination_grace_s, 60, 3600, "seconds")


@dataclass(frozen=True)
class Pgpool:
    """The connection pools, which route to the primary or to a standby."""

    replicas: int = 2
    clients_per_s: int = 20
    """New clients a second that must find a place while they wait out a failover."""
    min_ready_s: int = 35
    """A rollout ends an old pool this long after its successor is ready: nobody's name server may still
    answer with old addresses only. Longer than the TTL of the cluster's DNS (30 s) where answers are cached."""
    resources: Resources = Resources(cpu="250m", memory="256Mi", memory_limit="512Mi")

    def __post_init__(self) -> None:
        between("replicas", self.replicas, 2, 10, "so that one can be lost")
        between("clients_per_s", self.clients_per_s, 1, 1000)
        between("min_ready_s", self.min_ready_s, 0, 600, "seconds")


@dataclass(frozen=True)
class Todo:
    """The application."""

    replicas: int = 2
    service_type: Literal["LoadBalancer", "NodePort", "ClusterIP"] = "LoadBalancer"
    load_balancer_class: str = ""
    """Who makes the load balancer, such as networking.gke.io/l4-regional-external; empty = the cluster's default."""
    external_traffic: Literal["Cluster", "Local"] = "Cluster"
    """Local: only nodes with a ready pod take traffic, so that a load balancer leaves a dead node by its own checks."""
    node_port: int = 30080
    """0 = the cluster chooses one: needed for a second copy in another namespace."""
    workers: int = 2
    """Processes of gunicorn in a pod."""
    pool_size: int = 6
    """Database connections of one process at most."""
    resources: Resources = Resources(cpu="100m", memory="192Mi", memory_limit="512Mi")

    def __post_init__(self) -> None:
        between("replicas", self.replicas, 2, 50, "so that one can be lost")
        if self.load_balancer_class:
            meaning = "a load balancer class such as networking.gke.io/l4-regional-external"
            checks.pattern("load_balancer_class", self.load_balancer_class, CLASS, meaning)
            balanced = self.service_type == "LoadBalancer"
            require(balanced, "load_balancer_class", "needs service_type LoadBalancer; set it or drop this")
        between("workers", self.workers, 1, 64)
        between("pool_size", self.pool_size, 1, 256)
        good = self.node_port == 0 or 30000 <= self.node_port <= 32767
        require(
            good, "node_port", f"is {self.node_port}; choose 30000 to 32767, or 0 to let the cluster choose"
        )


@dataclass(frozen=True)
class Settings:
    """The whole platform. What follows from these numbers is in synth/derive.py."""

    namespace: str = "kube-flask"
    cluster: str = "kube-flask"
    """Name that repmgr and the agents know the database cluster by."""
    secret: str = "kube-flask"
    """The Secret with all passwords and tokens; one of yours that exists is used as it is."""
    cluster_domain: str = "cluster.local"
    anti_affinity: Literal["hard", "soft"] = "hard"
    """hard: no two pods of a kind on one host, else they stay Pending. soft: only if there is room."""
    zones: Literal["hard", "soft"] = "soft"
    """hard: the PostgreSQL nodes are spread over the zones evenly, else they stay Pending; every node of the
    cluster must have a zone. soft: where there is room."""
    images: Images = field(default_factory=Images)
    storage: Storage = field(default_factory=Storage)
    timing: Timing = field(default_factory=Timing)
    postgres: Postgres = field(default_factory=Postgres)
    pgpool: Pgpool = field(default_factory=Pgpool)
    todo: Todo = field(default_factory=Todo)
    failpoints: Failpoints = field(default_factory=Failpoints)

    def __post_init__(self) -> None:
        checks.name("namespace", self.namespace, "a namespace", label=True)
        checks.name("cluster", self.cluster, "the database cluster", label=True)
        checks.name("secret", self.secret, "a Secret")
        checks.name("cluster_domain", self.cluster_domain, "the cluster's DNS domain")
        need = derive.postgres_memory_mb(self.postgres.shared_buffers_mb, self.max_connections)
        self._fits("postgres", self.postgres.resources, need, f"{self.max_connections} connections")
        need = derive.pgpool_memory_mb(self.num_init_children)
        self._fits("pgpool", self.pgpool.resources, need, f"{self.num_init_children} clients")

        need = derive.app_connections(self.todo.replicas, self.todo.workers, self.todo.pool_size)
        require(
            need <= self.num_init_children,
            "todo.pool_size",
            f"is {self.todo.pool_size}; with it the application can open {need} connections and a pool that is "
            f"alone holds {self.num_init_children}: lower it, or raise pgpool.clients_per_s",
        )

    def _fits(self, part: str, given: Resources, need_mb: int, because: str) -> None:
        """Out of memory at the worst moment would be a fault of ours: the limit holds the full house."""
        require(
            memory_mb(given.memory_limit) >= need_mb,
            f"{part}.resources.memory_limit",
            f"is {given.memory_limit}; with {because} it must be at least {need_mb}Mi: "
            "raise it or lower pgpool.clients_per_s",
        )

    @property
    def members(self) -> tuple[str, ...]:
        """Host name of every PostgreSQL node, by ordinal; the same string everywhere (research rule 9)."""
        return tuple(self.host(f"postgres-{ordinal}.postgres") for ordinal in range(self.postgres.nodes))

    @property
    def sync_standbys(self) -> int:
        """How many standbys confirm a commit."""
        return derive.sync_standbys(self.postgres.nodes)

    @property
    def num_init_children(self) -> int:
        """Clients that one pool can hold."""
        return derive.num_init_children(
            self.pgpool.clients_per_s, self.timing.gap_bound_s, self.pgpool.replicas
        )

    @property
    def max_connections(self) -> int:
        """Connections that one PostgreSQL node accepts."""
        return derive.max_connections(self.postgres.nodes, self.pgpool.replicas, self.num_init_children)

    def host(self, service: str) -> str:
        """Full DNS name of a Service (or pod.service) of ours, without the trailing dot."""
        return f"{service}.{self.namespace}.svc.{self.cluster_domain}"

    def image(self, name: str) -> str:
        """Full name of one of our three images."""
        return f"{self.images.registry}/{name}:{getattr(self.images.tag, name)}"
