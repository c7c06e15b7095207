"""The objects that a runner puts into the cluster. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chaos.kube.facts import COMPONENT
from chaos.targets.kind_doors import LABELS, POSTGRES

__all__ = ["HANDS", "JOB", "RUNNER", "WORK", "helpers", "job"]

JOB, HANDS = "kube-flask-chaos", "kube-flask-chaos-hands"
RUNNER = "kube-flask.dev/chaos-runner"
LIVES_S = 6 * 3600
"""All that a runner makes in the cluster ends by itself after so long: the rest belongs to the Job."""
WORK, SECRETS = "/work", "/etc/kube-flask/secrets"
SECRET = "kube-flask"


def job(node: str, image: str) -> dict[str, Any]:
    """Return the Job whose pod carries the clients, on a node."""
    container = {
        "name": "clients",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"],
        "env": [
            {"name": "PYTHONPATH", "value": f"{WORK}/src"},
            {"name": "CHAOS_WORK", "value": f"{WORK}/runs"},
            # The image turns it off; a command is called again and again here.
            {"name": "PYTHONDONTWRITEBYTECODE", "value": ""},
        ],
        # Real-time priority and a whole core's weight, so that the clients' own waiting for a core is not measured.
        # Where the kernel gives groups no real-time share (cgroup v1), the weight alone must do.
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["SYS_NICE"]},
        },
        "resources": {"requests": {"cpu": "1", "memory": "128Mi"}},
        "volumeMounts": [
            {"name": "work", "mountPath": WORK},
            {"name": "secrets", "mountPath": SECRETS, "readOnly": True},
        ],
    }
    pod = _pod(container) | {
        "restartPolicy": "Never",
        "nodeSelector": {"kubernetes.io/hostname": node},
        "volumes": [{"name": "work", "emptyDir": {}}, {"name": "secrets", "secret": {"secretName": SECRET}}],
    }
    spec = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": LIVES_S,
        "ttlSecondsAfterFinished": 60,
        "template": {"metadata": {"labels": {**LABELS, COMPONENT: JOB}}, "spec": pod},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": JOB, "labels": LABELS},
        "spec": spec,
    }


def helpers(image: str, members: Iterable[str], runner: str, owner: str) -> dict[str, Any]:
    """Return what the Job takes with it when it goes: a privileged pod on every node, and ways to the servers."""
    found = [_hands(image, runner), _door("pgpool", {COMPONENT: "pgpool"})]
    found += [_door(member, {"statefulset.kubernetes.io/pod-name": member}) for member in members]
    reference = {"apiVersion": "batch/v1", "kind": "Job", "name": JOB, "uid": owner}
    for item in found if owner else ():
        item["metadata"]["ownerReferences"] = [reference]
    return {"apiVersion": "v1", "kind": "List", "items": found}


def _hands(image: str, runner: str) -> dict[str, Any]:
    # Those of a former runner may still be on their way out.
    labels = {**LABELS, COMPONENT: HANDS, RUNNER: runner}
    container = {
        "name": "hands",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"],
        "securityContext": {"runAsUser": 0, "privileged": True},
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    # The host's own network: a pod's may be what is broken.
    pod = _pod(container) | {"hostPID": True, "hostNetwork": True}
    spec = {
        "selector": {"matchLabels": {COMPONENT: HANDS}},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    meta: dict[str, Any] = {"name": HANDS, "labels": LABELS}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta, "spec": spec}


def _pod(container: dict[str, Any]) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        # Also on a node that is cordoned, or that nobody has heard of for a while.
        "tolerations": [{"operator": "Exists"}],
        "containers": [container],
    }


def _door(name: str, selector: dict[str, str]) -> dict[str, Any]:
    port = {"name": "postgres", "port": POSTGRES, "targetPort": POSTGRES}
    meta: dict[str, Any] = {"name": f"chaos-{name}", "labels": LABELS}
    # As on kind: who is unready still answers those who ask how it is.
    spec = {"selector": selector, "publishNotReadyAddresses": True, "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
