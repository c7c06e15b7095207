"""What `ha status --json`, called in a pod of the platform, and the API server tell about it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chaos.kube.client import NodeInfo, PodInfo
from chaos.targets.base import Facts, TargetError
from chaos.targets.kind_health import Server
from chaos.targets.kind_roles import Cast
from chaos.targets.kind_version import members_in

__all__ = ["clients_node", "facts_of", "hit", "servers_in"]

LENGTH = 12


def servers_in(said: str, members: Sequence[str]) -> list[Server]:
    """Return the members by their agents' own accounts. Raises TargetError when it is none of `ha status`."""
    try:
        accounts = {str(node["name"]): node for node in json.loads(said)["nodes"]}
    except (ValueError, KeyError, TypeError) as error:
        raise TargetError(f"`ha status` said {' '.join(said.split())[:200]!r}.") from error
    return [_server(member, accounts.get(member, {})) for member in members]


def _server(member: str, account: Mapping[str, Any]) -> Server:
    role = account.get("role")
    if role not in ("primary", "standby"):
        return Server(member, error=str(account.get("error", role)))
    return Server(member, role, account.get("timeline") or 0, int(bool(account.get("streaming"))))


def facts_of(config: Mapping[str, Any], images: Iterable[str]) -> Facts:
    """Return what runs, by the agents' settings (ha.json) in the cluster and the images of the pods."""
    members = members_in(config)
    told = json.dumps([config, sorted(images)], sort_keys=True)
    version = f"gke-{hashlib.sha256(told.encode()).hexdigest()[:LENGTH]}"
    return Facts(members, config["sync_standbys"], version, config["timing"]["profile"], len(members))


def clients_node(nodes: Sequence[NodeInfo], pods: Sequence[PodInfo]) -> str:
    """Return the node for the clients: no fault of a member or pool is to hit them. Raises TargetError."""
    homes = {
        part: {pod.node for pod in pods if pod.component == part} for part in ("postgres", "pgpool", "todo")
    }
    free = [node.name for node in nodes if node.ready and node.name not in homes["postgres"]]
    if not free:
        raise TargetError(
            "Every ready node carries a PostgreSQL pod, so none is left for the clients; wait until all are Ready, or "
            "add one with `gcloud container clusters resize`."
        )
    return min(free, key=lambda name: (name in homes["pgpool"], name in homes["todo"], name))


def hit(cast: Cast, aims_at: str, on: str) -> list[str]:
    """Return the nodes that a fault breaks or cuts as a whole. Raises TargetError."""
    if aims_at == "node":
        return cast.node(on)
    if aims_at != "link":
        return []
    ends = [end for link in cast.links(on) for end in link.replace("<>", ">").split(">")]
    return sorted({cast.node_of(end) for end in ends})
