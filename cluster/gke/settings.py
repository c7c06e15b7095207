"""What one GKE cluster is told: a Settings object that exists is a valid one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from cluster.settings import Settings

Channel = Literal["rapid", "regular", "stable"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

LABEL = "made-by-kube-flask"
"""The label of everything that `up` makes; its value is the cluster's name. Nothing without it is ever removed."""
LEAST_NODES = 4
LEAST_ZONES = 2
LEAST_CORES = 4
"""What one node of the preset `gke` needs (synth/presets.py)."""
PROJECT = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
ZONE = re.compile(r"([a-z]+-[a-z]+[0-9]+)-[a-z]")
NAME = re.compile(r"[a-z]([-a-z0-9]{0,22}[a-z0-9])?")
MACHINE = re.compile(r"[a-z][a-z0-9]*-[a-z]+-([0-9]+)")


class GkeSettingsError(ValueError):
    """An option is wrong; one sentence names it and says what would be right."""


def require(holds: bool, sentence: str) -> None:
    """Raise GkeSettingsError unless it holds."""
    if not holds:
        raise GkeSettingsError(sentence)


@dataclass(frozen=True, kw_only=True)
class GkeSettings(Settings):
    """The knobs of a bring-up on GKE; `cache` is a folder of this one cluster."""

    project: str
    region: str = "us-central1"
    zones: tuple[str, ...] = ()
    """Where the nodes are; empty = the first two zones of the region that are up."""
    machine_type: str = "e2-standard-4"
    nodes_per_zone: int = 2
    channel: Channel = "regular"
    private_nodes: bool = False
    """Nodes without public addresses; images come from Artifact Registry, so they need none."""
    own_kubectl: Path | None = None
    """A kubectl of the cluster's age; None = the one of the lock file."""
    disk_gb: int = 50
    """Boot disk of a node. Balanced disks count as SSD, of which a new project may have 500 GB in a region."""
    ready_timeout_s: int = 900
    """Disks are made and attached, and pgpool's rollout alone takes 35 s a pod."""
    balancer_timeout_s: int = 600

    def __post_init__(self) -> None:
        require(
            bool(PROJECT.fullmatch(self.project)),
            f"--project is {self.project!r}; write the project's id: 6 to 30 of a-z, 0-9 and '-', such as my-shop-1234",
        )
        require(
            not ZONE.fullmatch(self.region),
            f"--region is {self.region!r}, which is a zone; write its region, {self.region[:-2]}",
        )
        require(
            bool(REGION.fullmatch(self.region)),
            f"--region is {self.region!r}; write a region such as us-central1",
        )
        require(
            bool(NAME.fullmatch(self.name)),
            f"--name is {self.name!r}; write at most 24 of a-z, 0-9 and '-', beginning with a letter",
        )
        self._check_zones()
        self._check_nodes()

    def _check_zones(self) -> None:
        for zone in self.zones:
            found = ZONE.fullmatch(zone)
            require(
                found is not None and found[1] == self.region,
                f"--zones has {zone!r}; write zones of {self.region} such as {self.region}-a",
            )
        require(
            not self.zones or len(set(self.zones)) >= LEAST_ZONES,
            f"--zones has {len(set(self.zones))}; give at least {LEAST_ZONES}, so that one can be lost",
        )
        require(len(set(self.zones)) == len(self.zones), "--zones has one zone twice; give each once")

    def _check_nodes(self) -> None:
        machine = MACHINE.fullmatch(self.machine_type)
        if machine is None or int(machine[1]) < LEAST_CORES:
            raise GkeSettingsError(
                f"--machine-type is {self.machine_type!r}; write a predefined one of at least {LEAST_CORES} cores,"
                " such as e2-standard-4"
            )
        zones = len(self.zones) or LEAST_ZONES
        least = -(-LEAST_NODES // zones)
        require(
            least <= self.nodes_per_zone <= 100,
            f"--nodes-per-zone is {self.nodes_per_zone}; with {zones} zones write {least} to 100,"
            f" at least {LEAST_NODES} nodes in all",
        )
        require(
            self.own_kubectl is None or self.own_kubectl.is_file(),
            f"--kubectl is {str(self.own_kubectl)!r}; give the path of a kubectl",
        )

    @property
    def cores(self) -> int:
        """Cores of one node."""
        return int(self.machine_type.rpartition("-")[2])

    @property
    def context(self) -> str:
        """The kubectl context that `gcloud container clusters get-credentials` makes."""
        return f"gke_{self.project}_{self.region}_{self.name}"

    @property
    def kubectl(self) -> tuple[str, ...]:
        """The kubectl, aimed at this cluster and at no other."""
        binary = self.own_kubectl or self.root / ".venv" / "bin" / "kubectl"
        return (str(binary), f"--kubeconfig={self.kubeconfig}", f"--context={self.context}")

    @property
    def renewal(self) -> str:
        """How a person gets a new cluster in place of this one."""
        return f"{self.again('down', '--delete-disks')}, then {self.again('up')}"

    @property
    def registry_host(self) -> str:
        """The host that docker pushes to."""
        return f"{self.region}-docker.pkg.dev"

    @property
    def registry(self) -> str:
        """Prefix of our images; the repository has the cluster's name."""
        return f"{self.registry_host}/{self.project}/{self.name}"

    @property
    def node_account(self) -> str:
        """The service account of the nodes, which may log, be measured and pull our images."""
        return f"{self.name}-nodes@{self.project}.iam.gserviceaccount.com"

    @property
    def mark(self) -> str:
        """The label with its value, as gcloud takes it."""
        return f"{LABEL}={self.name}"

    @property
    def place(self) -> str:
        """The cluster as a person names it."""
        return f"cluster {self.name} in {self.region} of project {self.project}"

    def again(self, command: str, *more: str) -> str:
        """Return the command line of this project about this cluster."""
        words = [
            "python -m cluster",
            command,
            "--on gke",
            f"--project {self.project}",
            f"--region {self.region}",
        ]
        named = [] if self.name == Settings.name else [f"--name {self.name}"]
        return " ".join([*words, *named, *more])


def zone_list(text: str) -> Sequence[str]:
    """Return the zones of a list with commas."""
    return tuple(zone.strip() for zone in text.split(",") if zone.strip())
