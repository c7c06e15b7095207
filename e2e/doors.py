"""Test-only NodePorts: every measurement goes through a node's own address, never through a port-forward."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from e2e.kube import Kube

__all__ = ["LABEL", "PGPOOL_PORT", "TODO_PORT", "close_doors", "node_port", "open_doors"]

TODO_PORT = 30080
"""The application's own, fixed by synth."""
PGPOOL_PORT = 30432
POSTGRES_PORT = 30440
LABEL = "kube-flask-e2e"


def node_port(pod: str) -> int:
    """Return the port that leads to one postgres pod."""
    return POSTGRES_PORT + int(pod.rsplit("-", 1)[1])


def _service(name: str, port: int, selector: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": LABEL}},
        "spec": {
            "type": "NodePort",
            "selector": selector,
            # As the headless Services do: who is unready still answers those who ask how it is.
            "publishNotReadyAddresses": True,
            "ports": [{"name": "postgres", "port": 5432, "targetPort": 5432, "nodePort": port}],
        },
    }


def open_doors(kube: Kube, members: Sequence[str]) -> None:
    """Create the Services, or leave them when a former run did."""
    items = [_service("e2e-pgpool", PGPOOL_PORT, {"app.kubernetes.io/name": "pgpool"})]
    items += [
        _service(f"e2e-{pod}", node_port(pod), {"statefulset.kubernetes.io/pod-name": pod}) for pod in members
    ]
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    kube("apply", "--server-side", "--filename=-", stdin=document)


def close_doors(kube: Kube) -> None:
    """Remove the Services."""
    kube("delete", "services", f"--selector=app.kubernetes.io/part-of={LABEL}", "--wait=false")
