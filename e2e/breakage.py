"""What the tests break. Each returns the moment of the fault on the monotonic clock."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from e2e.deadlines import DEADLINES
from e2e.kube import Kube

__all__ = ["drained", "lose_pod"]


def lose_pod(kube: Kube, pod: str) -> float:
    """Delete a pod without grace and kill its container from the node, both at once.

    The deletion alone would leave the container its own grace period; the kill alone would let the
    kubelet restart it in place.
    """
    found = kube.get("pod", pod)
    node = found["spec"]["nodeName"]
    container = found["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    kill = [
        "docker",
        "exec",
        node,
        "ctr",
        "--namespace=k8s.io",
        "tasks",
        "kill",
        "--signal=SIGKILL",
        container,
    ]
    with ThreadPoolExecutor(2) as threads:
        at = time.monotonic()
        killed = threads.submit(
            subprocess.run, kill, check=True, capture_output=True, timeout=DEADLINES.api_call
        )
        deleted = threads.submit(kube, "delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")
        killed.result()
        deleted.result()
    return at


@contextmanager
def drained(kube: Kube, node: str) -> Iterator[float]:
    """Drain a node as an administrator does; it is uncordoned whatever happens."""
    flags = ("--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={DEADLINES.drained:.0f}s")
    at = time.monotonic()
    try:
        kube("drain", node, *flags)
        yield at
    finally:
        kube("uncordon", node)
