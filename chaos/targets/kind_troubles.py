"""Why the platform on kind is not healthy: everybody is asked, and all must agree."""

from __future__ import annotations

import json
import time
import uuid

from chaos.faults.hands import FaultError
from chaos.kube.client import KubeError
from chaos.targets.kind_health import (
    CONTROLLERS,
    WORKLOADS,
    judge_controllers,
    judge_pools,
    judge_servers,
    judge_workloads,
)
from chaos.targets.kind_reach import Reach

__all__ = ["agents", "judge_agents", "troubles"]

STATUS = "ha status --json || true"
UNKNOWN = "`ha status` does not know all members."


def troubles(reach: Reach) -> list[str]:
    """Return why it is not healthy, one sentence each; empty is healthy.

    Kubernetes, the servers by SQL and every pgpool are asked each time (0.2 s). Its controllers and the agents are
    asked when all of these are content: that costs as much again, and only the last look before "healthy" needs it.
    """
    try:
        counts = {name: reach.kube.counts(kind, name) for kind, name in WORKLOADS}
        ports = reach.doors.refresh(reach.kube.pods("pgpool"))
        servers = reach.looker.servers()
        views = reach.looker.views(ports)
        why = judge_workloads(counts) + judge_servers(servers)
        why += judge_pools(views, servers, counts["pgpool"]["wanted"])
        return why or controllers(reach) or agents(reach)
    except KubeError as error:
        return [f"{error}."]


def controllers(reach: Reach) -> list[str]:
    """Return which of Kubernetes' own controllers lead nothing. Raises KubeError."""
    return judge_controllers(
        {name: time.time() - reach.kube.renewed_at(name, "kube-system") for name in CONTROLLERS}
    )


def agents(reach: Reach) -> list[str]:
    """Return the agents' own account: what `ha status` in one of their pods complains about. Raises KubeError."""
    pod = reach.kube.pod(reach.clients.members[0])
    # Not by the API server's exec: lightkube 1.0.1 leaves a thread that reads from the closed socket's number, and so
    # eats the bytes of whatever connection gets that number next (seen as broken TLS handshakes).
    enter = ["ctr", "--namespace=k8s.io", "tasks", "exec", f"--exec-id=status-{uuid.uuid4().hex[:12]}"]
    try:
        said = reach.hands.shell.run(pod.node, [*enter, pod.container_id, "sh", "-c", STATUS])
    except FaultError as error:
        return [str(error)]
    return judge_agents(said, pod.name, len(reach.clients.members))


def judge_agents(said: str, pod: str, members: int) -> list[str]:
    """Return what `ha status`, as a pod said it, complains about."""
    try:
        status = json.loads(said)
        unknown = len(status["nodes"]) != members
        return [*(f"{why}." for why in status["why"]), *([UNKNOWN] if unknown else [])]
    except (ValueError, KeyError, TypeError):
        return [f"`ha status` in {pod} said {' '.join(said.split())[:200]!r}."]
