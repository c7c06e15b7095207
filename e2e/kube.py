"""The cluster under test, through kubectl; KindCluster of pytest-kind holds the paths."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any

from pytest_kind import KindCluster

from e2e.deadlines import DEADLINES

__all__ = ["Answer", "Kube", "Refused"]


class Refused(subprocess.CalledProcessError):
    """kubectl failed; says why, which CalledProcessError does not."""

    def __str__(self) -> str:
        return f"kubectl {' '.join(self.cmd)}: {(self.stderr or '').strip()}"


@dataclass(frozen=True)
class Answer:
    """What the API server answered to a raw request."""

    status: int
    text: str


class Kube:
    """kubectl for one namespace."""

    def __init__(self, cluster: KindCluster, namespace: str) -> None:
        self._cluster = cluster
        self.namespace = namespace

    def __call__(self, *args: str, stdin: str | None = None) -> str:
        """Run kubectl and return its output. Raises Refused and subprocess.TimeoutExpired."""
        try:
            output: str = self._cluster.kubectl(
                f"--namespace={self.namespace}",
                *args,
                input=stdin,
                stderr=subprocess.PIPE,
                timeout=DEADLINES.drained if args[0] == "drain" else DEADLINES.api_call,
            )
        except subprocess.CalledProcessError as error:
            raise Refused(error.returncode, args, error.output, error.stderr) from error
        return output

    def get(self, *args: str) -> Any:
        """Return objects as JSON; of a list its items."""
        answer = json.loads(self("get", *args, "--output=json"))
        return answer["items"] if answer["kind"] == "List" else answer

    def pods(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the pods of one component by their names, those that are ending left out."""
        found = self.get("pods", f"--selector=app.kubernetes.io/name={name}")
        return {p["metadata"]["name"]: p for p in found if "deletionTimestamp" not in p["metadata"]}

    def secret(self, name: str) -> dict[str, str]:
        """Return the decoded values of a Secret."""
        data = self.get("secret", name)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def node_addresses(self) -> dict[str, str]:
        """Return every node's own numeric address."""
        found = {}
        for node in self.get("nodes"):
            wanted = (a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
            found[node["metadata"]["name"]] = str(ipaddress.ip_address(next(wanted)))
        return found

    def evict(self, pod: str, *, dry_run: bool = False) -> Answer:
        """Ask the eviction subresource, as a drain does, and return what it answered."""
        body: dict[str, Any] = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": self.namespace},
            "deleteOptions": {"dryRun": ["All"] if dry_run else []},
        }
        url = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/eviction"
        # Level 6 prints the status of every response; `kubectl` alone shows only a sentence.
        argv = [str(self._cluster.kubectl_path), f"--kubeconfig={self._cluster.kubeconfig_path}", "--v=6"]
        done = subprocess.run(
            [*argv, "create", f"--raw={url}", "--filename=-"],
            input=json.dumps(body),
            capture_output=True,
            encoding="utf-8",
            timeout=DEADLINES.api_call,
            check=False,
        )
        statuses = re.findall(r'verb="POST" url="[^"]*/eviction[^"]*" status="(\d+)', done.stderr)
        if not statuses:
            raise Refused(done.returncode, ("create", f"--raw={url}"), done.stdout, done.stderr)
        return Answer(int(statuses[-1]), done.stdout + done.stderr)
