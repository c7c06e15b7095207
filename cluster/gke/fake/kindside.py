"""The real kind cluster behind the pretended one, where there is one: so that `up --on gke` ends on a real platform."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

VARIABLE = "FAKE_GCLOUD_KIND"
"""Environment variable with the path of the kind cluster's kubeconfig; without it nothing is behind the fake."""
KUBECTL = Path(__file__).resolve().parents[3] / ".venv" / "bin" / "kubectl"
NAMESPACE = "kube-flask"
BALANCER = "198.51.100.80"
"""The load balancer's address, from a range for documentation (RFC 5737): a route on this host leads to a node."""
ZONE, FIRST_ZONE = "topology.kubernetes.io/zone", "us-central1-a"
STATUS = {"running": "RUNNING", "exited": "TERMINATED"}
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard-rwo"},
    "provisioner": "rancher.io/local-path",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def source() -> Path | None:
    """Return the kubeconfig of the real cluster, None when there is none."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else None


def kubectl(*words: str, text: str | None = None) -> str:
    """Return what the real kubectl says about the real cluster. Raises CalledProcessError."""
    command = [str(KUBECTL), f"--kubeconfig={source()}", *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def kubeconfig(context: str) -> dict[str, Any]:
    """Return the kubeconfig that get-credentials writes: of the kind cluster, or one that leads nowhere."""
    if source() is None:
        cluster: dict[str, Any] = {"server": "https://127.0.0.1:9"}
        user: dict[str, Any] = {}
    else:
        found = json.loads(kubectl("config", "view", "--raw", "--output=json"))
        cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": user}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
    }


def workers() -> list[str]:
    """Return the kind cluster's workers."""
    nodes = json.loads(kubectl("get", "nodes", "--output=json"))["items"]
    mark = "node-role.kubernetes.io/control-plane"
    return [n["metadata"]["name"] for n in nodes if mark not in n["metadata"].get("labels", {})]


def instances() -> list[tuple[str, str, str]]:
    """Return the kind cluster's workers as a cloud shows them: name, status, zone."""
    items = json.loads(kubectl("get", "nodes", "--output=json"))["items"]
    zones = {n["metadata"]["name"]: n["metadata"].get("labels", {}).get(ZONE, FIRST_ZONE) for n in items}
    return [(name, STATUS.get(_state(name), "STOPPING"), zones[name]) for name in workers()]


def _state(node: str) -> str:
    words = ["docker", "inspect", "--format={{.State.Status}}", node]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def node(action: str, name: str) -> None:
    """Let docker `kill` or `start` a worker; alone, it gets its old address back. Nothing without a kind cluster."""
    if source() is not None:
        subprocess.run(["docker", action, name], capture_output=True, check=True)


def prepare(zones: Sequence[str]) -> None:
    """Give the workers zones in turn, and the cluster GKE's class of balanced disks."""
    if source() is None:
        return
    for index, node in enumerate(workers()):
        zone = zones[index % len(zones)]
        kubectl("label", "--overwrite", "node", node, f"{ZONE}={zone}")
    kubectl("apply", "--filename=-", text=json.dumps(CLASS))


def emptied() -> None:
    """Make the cluster as a new one is: without our namespace. Its volumes and the load balancer's route go too."""
    if source() is None:
        return
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=240s")
    subprocess.run(["ip", "route", "del", BALANCER], capture_output=True, check=False)


def balanced() -> None:
    """Do what GKE's controller does: give the Service an address, and lead that address to a node with a ready pod."""
    service = json.loads(kubectl("get", "service", "todo", "--namespace", NAMESPACE, "--output=json"))
    if service["status"].get("loadBalancer", {}).get("ingress"):
        return
    pods = json.loads(
        kubectl(
            "get", "pods", "--namespace", NAMESPACE, "--selector=app.kubernetes.io/name=todo", "--output=json"
        )
    )["items"]
    hosts = [pod["status"]["hostIP"] for pod in pods if pod["status"].get("hostIP")]
    if not hosts:
        return
    subprocess.run(["ip", "route", "replace", BALANCER, "via", hosts[0]], check=True)
    patch = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": BALANCER, "ipMode": "VIP"}]}}})
    kubectl(
        *("patch", "service", "todo", "--namespace", NAMESPACE, "--subresource=status"),
        *("--type=merge", f"--patch={patch}"),
    )


def pushed(reference: str) -> None:
    """Put an image where the nodes find it: into them, for no registry is behind the fake."""
    for node in workers():
        with subprocess.Popen(["docker", "save", reference], stdout=subprocess.PIPE) as save:
            load = ["docker", "exec", "-i", node, "ctr", "--namespace", "k8s.io", "images", "import", "-"]
            subprocess.run(load, stdin=save.stdout, stdout=subprocess.DEVNULL, check=True)
