"""Settings and facts that several tables share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cluster.gke.facts import Cluster, Disk, Facts, Owned
from cluster.gke.plan import APIS, NODE_ROLE, READER, Wanted
from cluster.gke.settings import GkeSettings

ZONES = ("us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f")


def made(**given: Any) -> GkeSettings:
    """Return settings of the project that all tests use, changed by what is given."""
    defaults: dict[str, Any] = {
        "root": Path("/repository"),
        "cache": Path("/cache"),
        "project": "my-shop-1234",
    }
    return GkeSettings(**defaults | given)


SETTINGS = made()
RUNNING = Cluster(
    "RUNNING", ours=True, nodes=4, zones=ZONES[:2], machine_type="e2-standard-4", version="1.35"
)
DISKS = (Disk("pvc-0", ZONES[0], 20, "pvc-0"), Disk("pvc-1", ZONES[1], 20, "pvc-1", retained=True))
NOTHING = Facts(account="me@example.com", project_state="ACTIVE")
ALL = Facts(
    account="me@example.com",
    project_state="ACTIVE",
    services=frozenset(APIS),
    zones=ZONES,
    quota={"CPUS": 72.0, "SSD_TOTAL_GB": 500.0, "IN_USE_ADDRESSES": 8.0},
    repository=Owned("kube-flask", ours=True),
    node_account=Owned(SETTINGS.node_account, ours=True),
    roles=frozenset({NODE_ROLE}),
    readers=frozenset({READER}),
    cluster=RUNNING,
    images=frozenset({"r/todo:1", "r/postgres:2"}),
    volumes=DISKS,
    disks=DISKS,
)
"""Everything is there, as after a bring-up."""
WANTED = Wanted(("r/todo:1", "r/postgres:2"), ("publish",), ("synth",), ("apply",))
