"""The pretended platform as kubectl shows it: nodes, pods, the agents' settings and what `ha status` says."""

import json
from typing import Any

from cluster.gke.fake.state import State

MEMBERS = ("postgres-0", "postgres-1", "postgres-2")
PODS = (*MEMBERS, "pgpool-a", "pgpool-b", "todo-a", "todo-b", "todo-c")
READY = {"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-28T00:00:00Z"}


def nodes(state: State) -> str:
    """Answer `get nodes --output=json`."""
    return _items(
        {
            "metadata": {"name": name},
            "spec": {"podCIDR": f"10.4.{number}.0/24"},
            "status": {
                "addresses": [{"type": "InternalIP", "address": f"10.128.0.{number + 2}"}],
                "conditions": [READY],
            },
        }
        for number, name in enumerate(state["instances"])
    )


def pods(state: State) -> str:
    """Answer `get pods --output=json`: the last node carries no member."""
    homes = [*list(state["instances"])[:3]]
    return _items(
        {
            "metadata": {
                "name": name,
                "uid": name,
                "namespace": "kube-flask",
                "labels": {"app.kubernetes.io/name": name.partition("-")[0]},
            },
            "spec": {"nodeName": homes[number % len(homes)], "containers": []},
            "status": {"podIP": f"10.4.0.{number + 2}", "phase": "Running", "conditions": [READY]},
        }
        for number, name in enumerate(PODS)
        if homes
    )


def settings() -> str:
    """Answer `get configmap ha --output=json`."""
    told = {
        "members": [f"{name}.postgres" for name in MEMBERS],
        "sync_standbys": 1,
        "timing": {"profile": "default"},
    }
    return json.dumps({"data": {"ha.json": json.dumps(told)}})


def workloads() -> str:
    """Answer `get statefulsets,deployments --output=json`."""
    return _items(
        {
            "metadata": {"name": name},
            "spec": {
                "template": {"spec": {"containers": [{"image": f"us-central1-docker.pkg.dev/p/k/{name}:1"}]}}
            },
        }
        for name in ("postgres", "pgpool", "todo")
    )


def status() -> str:
    """Answer `ha status --json`: the second member is primary."""
    accounts = [
        {
            "name": name,
            "role": "primary" if name == MEMBERS[1] else "standby",
            "streaming": name != MEMBERS[1],
        }
        for name in MEMBERS
    ]
    return json.dumps({"nodes": accounts, "pools": [], "healthy": True, "why": []})


def _items(found: Any) -> str:
    return json.dumps({"items": list(found)})
