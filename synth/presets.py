"""Named sets of settings for the two places where people try the platform first."""

from __future__ import annotations

from typing import Any

__all__ = ["PRESETS"]

# Storage stays that of a release: it is immutable, and so dist/ can be checked against a running kind cluster
# (--dry-run=server); kind's and minikube's volumes take only what is written.
# Requests are small so that 3 + 2 + 2 pods fit beside Kubernetes on 2 cores; limits only stop a runaway.
SMALL: dict[str, Any] = {
    "timing": "fast",
    "postgres": {
        "shared_buffers_mb": 64,
        "resources": {"cpu": "200m", "memory": "192Mi", "memory_limit": "2Gi"},
    },
    # kubeadm's CoreDNS caches no name of the cluster, so a new address is known within a second or two. pgpool
    # restarts every idle child after a failover: 2 x 200 of them kept 2 cores busy for 5 s (measured on kind).
    "pgpool": {
        "min_ready_s": 5,
        "clients_per_s": 5,
        "resources": {"cpu": "100m", "memory": "96Mi", "memory_limit": "512Mi"},
    },
    "todo": {"resources": {"cpu": "50m", "memory": "96Mi", "memory_limit": "384Mi"}},
}
PRESETS: dict[str, dict[str, Any]] = {
    # Three workers on one machine: everything as in a release, only small and with fast timings.
    "kind": SMALL,
    # Docker Desktop or minikube: all pods on one host. A process or pod may fail as anywhere; the host is a
    # single point of failure, and draining it cannot end, because the budgets keep two nodes running.
    "single-node": {**SMALL, "anti_affinity": "soft"},
}
