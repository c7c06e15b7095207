"""Named sets of settings for the places where people run the platform first."""

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
    # Nodes of 4 cores and 16 GiB (e2-standard-4, the default of `python -m cluster up --on gke`): the requests of
    # one postgres, pgpool and todo with the second pgpool and todo of a rollout are 2.5 cores and 5.5 GiB.
    "gke": {
        # Balanced persistent disks, bound where the pod is placed: what GKE's own class of this name makes.
        "storage": {"class_name": "standard-rwo", "size": "20Gi"},
        "zones": "hard",
        "postgres": {
            "shared_buffers_mb": 1024,
            "resources": {"cpu": "1", "memory": "4Gi", "memory_limit": "6Gi"},
        },
        "pgpool": {"resources": {"cpu": "500m", "memory": "512Mi", "memory_limit": "1Gi"}},
        # One more than elsewhere: with Local only the nodes that run one carry the traffic. This class and policy
        # together are checked every 3 s and leave after 2 failures (ingress-gce, pkg/healthchecksl4), the older
        # kind of load balancer after 24 s; GKE 1.33.1-gke.1779000 or newer.
        "todo": {
            "replicas": 3,
            "load_balancer_class": "networking.gke.io/l4-regional-external",
            "external_traffic": "Local",
            "resources": {"cpu": "250m", "memory": "256Mi", "memory_limit": "512Mi"},
        },
    },
}
