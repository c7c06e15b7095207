"""What is there already, read from gcloud's and kubectl's own JSON: pure functions, no I/O."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster.gke.settings import LABEL, GkeSettings

DRIVER = "pd.csi.storage.gke.io"
"""The CSI driver of persistent disks; its volume handles are projects/P/zones/Z/disks/NAME."""


@dataclass(frozen=True)
class Owned:
    """Something that may be ours: `ours` tells whether it carries our mark."""

    name: str
    ours: bool


@dataclass(frozen=True)
class Cluster:
    """A GKE cluster as `clusters list` shows it."""

    status: str
    ours: bool
    message: str = ""
    nodes: int = 0
    zones: tuple[str, ...] = ()
    machine_type: str = ""
    version: str = ""


@dataclass(frozen=True)
class Disk:
    """A persistent disk behind a volume of ours."""

    name: str
    zone: str
    size_gb: int = 0
    volume: str = ""
    """The PersistentVolume, while the cluster stands."""
    retained: bool = False
    """Kubernetes would keep it when its claim goes."""


@dataclass(frozen=True)
class Facts:
    """Everything a plan depends on. A field that was not asked for is what an empty project has."""

    account: str = ""
    project_state: str = ""
    services: frozenset[str] = frozenset()
    zones: tuple[str, ...] = ()
    """The zones of the region that are up."""
    quota: Mapping[str, float] = field(default_factory=dict)
    """What is left of each quota of the region."""
    repository: Owned | None = None
    node_account: Owned | None = None
    roles: frozenset[str] = frozenset()
    """Roles of the nodes' service account in the project."""
    readers: frozenset[str] = frozenset()
    """Who may read the repository."""
    cluster: Cluster | None = None
    operation: str = ""
    """An operation on the cluster that has not ended."""
    images: frozenset[str] = frozenset()
    """References in the repository, with their tags."""
    volumes: tuple[Disk, ...] = ()
    """Disks of our namespace, as the cluster knows them."""
    disks: tuple[Disk, ...] = ()
    """Disks with our label, as the project knows them."""


def lines(text: str, settings: GkeSettings) -> frozenset[str]:
    """Return the lines of `--format=value(...)`."""
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def first_line(text: str, settings: GkeSettings) -> str:
    """Return the first line, empty when there is none."""
    return next(iter(text.split("\n")), "").strip()


def project_state(text: str, settings: GkeSettings) -> str:
    """Return the project's lifecycle state."""
    return str(json.loads(text).get("lifecycleState", ""))


def zones(text: str, settings: GkeSettings) -> tuple[str, ...]:
    """Return the zones of the region that are up, sorted."""
    found = (z["name"] for z in json.loads(text) if z.get("status") == "UP")
    return tuple(sorted(name for name in found if name.rpartition("-")[0] == settings.region))


def quota(text: str, settings: GkeSettings) -> dict[str, float]:
    """Return what is left of each quota."""
    return {q["metric"]: q["limit"] - q["usage"] for q in json.loads(text).get("quotas", ())}


def repository(text: str, settings: GkeSettings) -> Owned | None:
    """Return the repository of the cluster's name."""
    for item in json.loads(text):
        if item["name"].rpartition("/")[2] == settings.name:
            return Owned(settings.name, _marked(item, settings))
    return None


def node_account(text: str, settings: GkeSettings) -> Owned | None:
    """Return the nodes' service account; having no labels, it is ours by its description."""
    for item in json.loads(text):
        if item["email"] == settings.node_account:
            return Owned(settings.node_account, settings.mark in item.get("description", ""))
    return None


def roles(text: str, settings: GkeSettings) -> frozenset[str]:
    """Return the roles that a policy gives to the nodes' service account."""
    return frozenset(_roles(json.loads(text), settings))


def cluster(text: str, settings: GkeSettings) -> Cluster | None:
    """Return the cluster of our name in the region."""
    for item in json.loads(text):
        if item["name"] == settings.name and item["location"] == settings.region:
            return Cluster(
                status=item["status"],
                ours=item.get("resourceLabels", {}).get(LABEL) == settings.name,
                message=item.get("statusMessage", ""),
                nodes=item.get("currentNodeCount", 0),
                zones=tuple(item.get("locations", ())),
                machine_type=item.get("nodeConfig", {}).get("machineType", ""),
                version=item.get("currentMasterVersion", ""),
            )
    return None


def operation(text: str, settings: GkeSettings) -> str:
    """Return the name of an operation on our cluster that has not ended, empty when there is none."""
    for item in json.loads(text):
        target = item.get("targetLink", "")
        # A node pool is part of its cluster: .../clusters/NAME/nodePools/POOL.
        if item.get("status") != "DONE" and f"{target}/".find(f"/clusters/{settings.name}/") >= 0:
            return str(item["name"])
    return ""


def images(text: str, settings: GkeSettings) -> frozenset[str]:
    """Return every image with each of its tags."""
    return frozenset(f"{item['package']}:{tag}" for item in json.loads(text) for tag in _tags(item))


def volumes(text: str, settings: GkeSettings) -> tuple[Disk, ...]:
    """Return the persistent disks that our namespace claims, from `kubectl get pv -o json`."""
    return tuple(sorted(_volumes(json.loads(text), settings), key=lambda disk: disk.name))


def disks(text: str, settings: GkeSettings) -> tuple[Disk, ...]:
    """Return the disks of the region that carry our label."""
    found = (
        Disk(item["name"], item["zone"].rpartition("/")[2], int(item.get("sizeGb", 0)))
        for item in json.loads(text)
        if _marked(item, settings)
    )
    return tuple(disk for disk in found if disk.zone.rpartition("-")[0] == settings.region)


def _marked(item: Mapping[str, Any], settings: GkeSettings) -> bool:
    return bool(item.get("labels", {}).get(LABEL) == settings.name)


def _roles(policy: Mapping[str, Any], settings: GkeSettings) -> Iterator[str]:
    for binding in policy.get("bindings", ()):
        if f"serviceAccount:{settings.node_account}" in binding["members"]:
            yield binding["role"]


def _tags(item: Mapping[str, Any]) -> list[str]:
    given = item.get("tags") or []
    # gcloud prints the tags of an image as one text with commas in some formats, as a list in others.
    return [tag.strip() for tag in (given.split(",") if isinstance(given, str) else given) if tag.strip()]


def _volumes(found: Mapping[str, Any], settings: GkeSettings) -> Iterator[Disk]:
    for item in found["items"]:
        spec = item["spec"]
        handle = spec.get("csi", {}).get("volumeHandle", "").split("/")
        if spec.get("csi", {}).get("driver") != DRIVER or len(handle) != 6 or handle[2] != "zones":
            continue
        if spec.get("claimRef", {}).get("namespace") == settings.namespace:
            size = int(spec["capacity"]["storage"].removesuffix("Gi"))
            kept = spec.get("persistentVolumeReclaimPolicy") == "Retain"
            yield Disk(handle[5], handle[3], size, item["metadata"]["name"], kept)
