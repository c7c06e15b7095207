"""The nodes' virtual machines: pretended ones, or the kind cluster's workers where that is behind the fake."""

import time
from typing import Any

from cluster.gke.fake import kindside
from cluster.gke.fake.arguments import Told
from cluster.gke.fake.errors import Failed
from cluster.gke.fake.state import State

GROUP = "gke-kube-flask-default-pool-grp"


def made(name: str, zones: list[str], each: int) -> dict[str, Any]:
    """Return the instances of a new cluster, by name."""
    numbered = [(zone, number) for zone in zones for number in range(each)]
    return {
        f"gke-{name}-{zone[-1]}{number}": {
            "status": "RUNNING",
            "zone": zone,
            "cluster": name,
            "born": "first",
        }
        for zone, number in numbered
    }


def listed(state: State, told: Told) -> Any:
    """Answer `compute instances list` with the instances of the cluster in the filter."""
    _from_kind(state)
    wanted = str(told.flag("--filter", ""))
    return [
        {
            "name": name,
            "status": it["status"],
            "zone": f"https://www.googleapis.com/compute/v1/projects/p/zones/{it['zone']}",
            "creationTimestamp": it["born"],
            "labels": {"goog-k8s-cluster-name": it["cluster"]},
            "metadata": {
                "items": [{"key": "created-by", "value": f"projects/1/instanceGroupManagers/{GROUP}"}]
            },
        }
        for name, it in state["instances"].items()
        if not wanted or f"goog-k8s-cluster-name={it['cluster']} " in f"{wanted} "
    ]


def _from_kind(state: State) -> None:
    if kindside.source() is None:
        return
    cluster = next(iter(state["clusters"]), "")
    for name, status, zone in kindside.instances():
        known = state["instances"].setdefault(name, {"cluster": cluster, "born": "first"})
        known |= {"status": status, "zone": zone}


def _one(state: State, told: Told, name: str) -> dict[str, Any]:
    _from_kind(state)
    found = state["instances"].get(name)
    if found is None or found["zone"] != told.flag("--zone"):
        raise Failed(f"Could not fetch resource:\n - The resource '{name}' was not found")
    return dict(found)


def stopped(state: State, told: Told) -> Any:
    """Stop instances."""
    for name in told.positionals:
        _one(state, told, name)
        kindside.node("kill", name)
        state["instances"][name]["status"] = "TERMINATED"


def started(state: State, told: Told) -> Any:
    """Start instances; one that is on its way down is not ready for it."""
    for name in told.positionals:
        if _one(state, told, name)["status"] == "STOPPING":
            raise Failed(f"The resource '{name}' is not ready")
        kindside.node("start", name)
        state["instances"][name]["status"] = "RUNNING"


def recreated(state: State, told: Told) -> Any:
    """Do what a managed group does: delete instances and make them anew under their names."""
    names = told.flag("--instances")
    if told.command == "compute instances delete":
        names = told.positionals
    elif told.positionals[0] != GROUP:
        raise Failed(f"Could not fetch resource:\n - The resource '{told.positionals[0]}' was not found")
    for name in names:
        _one(state, told, name)
        kindside.node("kill", name)
        kindside.node("start", name)
        state["instances"][name] |= {"status": "RUNNING", "born": f"{time.time():.3f}"}
