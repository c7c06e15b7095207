"""What the target asks of kubectl: the objects it makes and the commands it calls. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from chaos.kube.client import MANAGER
from chaos.kube.facts import COMPONENT
from chaos.targets.gke_tool import Command
from chaos.targets.kind_doors import LABELS, POSTGRES
from cluster.gke.settings import GkeSettings

__all__ = [
    "HANDS",
    "JOB",
    "LIVES_S",
    "NSENTER",
    "READY_S",
    "apply",
    "create",
    "hands",
    "helpers",
    "inside",
    "into_pod",
    "job",
    "kubectl",
    "on_node",
    "removal",
    "selector",
    "unpack",
    "waits",
]  # fmt: skip

JOB, HANDS = "kube-flask-chaos", "kube-flask-chaos-hands"
LIVES_S = 6 * 3600
"""All that a runner makes in the cluster ends by itself after so long: the rest belongs to the Job."""
READY_S = 180
WORK, SECRETS = "/work", "/etc/kube-flask/secrets"
SECRET = "kube-flask"
RUNNER = "kube-flask.dev/chaos-runner"
# All namespaces of the node's first process: commands are run by the node's own programs, as if on its console.
NSENTER = ("nsenter", "--target=1", "--mount", "--uts", "--ipc", "--net", "--pid", "--")


def kubectl(settings: GkeSettings, *words: str) -> Command:
    """Return a kubectl command in the platform's namespace."""
    return Command((*settings.kubectl, f"--namespace={settings.namespace}", *words))


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
        # Real-time priority, so that the clients' own waiting for a core is not measured.
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["SYS_NICE"]},
        },
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
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


def create(settings: GkeSettings, manifest: dict[str, Any]) -> Command:
    """Return the command that makes an object unless it is there, and prints its uid."""
    words = ("create", "--filename=-", "--output=jsonpath={.metadata.uid}")
    found = kubectl(settings, *words).of(json.dumps(manifest))
    return Command(found.words, found.stdin, into="JOB_UID")


def apply(settings: GkeSettings, manifest: dict[str, Any]) -> Command:
    """Return the command that makes objects or changes them."""
    words = ("apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}", "--filename=-")
    return kubectl(settings, *words).of(json.dumps(manifest))


def waits(settings: GkeSettings) -> list[Command]:
    """Return the commands that wait for the pods of both."""
    return [
        kubectl(settings, "rollout", "status", f"daemonset/{HANDS}", f"--timeout={READY_S}s"),
        kubectl(settings, "wait", "--for=jsonpath={.status.ready}=1", f"job/{JOB}", f"--timeout={READY_S}s"),
    ]


def hands(settings: GkeSettings, runner: str) -> Command:
    """Return the command that lists a runner's privileged pods as JSON."""
    return kubectl(
        settings, "get", "pods", f"--selector={COMPONENT}={HANDS},{RUNNER}={runner}", "--output=json"
    )


def removal(settings: GkeSettings) -> Command:
    """Return the command that removes all that any runner made, and prints what it removed."""
    kinds = "jobs,daemonsets,services"
    return kubectl(
        settings,
        "delete",
        kinds,
        f"--selector={selector()}",
        "--output=name",
        "--ignore-not-found",
        "--wait=false",
    )


def selector() -> str:
    """Return how kubectl finds what is ours."""
    return ",".join(f"{key}={value}" for key, value in LABELS.items())


def inside(settings: GkeSettings, *words: str, stdin: str = "") -> Command:
    """Return a command of chaos.inside in the clients' pod."""
    called = (
        "exec",
        *(("--stdin",) if stdin else ()),
        f"job/{JOB}",
        "--",
        "python3",
        "-m",
        "chaos.inside",
        *words,
    )
    return kubectl(settings, *called).of(stdin)


def unpack(settings: GkeSettings, package: bytes) -> Command:
    """Return the command that brings the instrument's own source into the clients' pod."""
    script = f"mkdir -p {WORK}/src {WORK}/runs && tar --extract --no-same-owner --directory={WORK}/src"
    words = kubectl(settings, "exec", "--stdin", f"job/{JOB}", "--", "sh", "-c", script).words
    here = f"tar --create --directory={settings.root} --exclude=tests --exclude=__pycache__ chaos"
    return Command(words, package, piped=here)


def on_node(settings: GkeSettings, pod: str, argv: Sequence[str]) -> Command:
    """Return a command on the node of one of our privileged pods."""
    return kubectl(settings, "exec", pod, "--", *NSENTER, *argv)


def into_pod(settings: GkeSettings, pod: str, *argv: str, stdin: str = "") -> Command:
    """Return a command in a pod of the platform, in its first container."""
    return kubectl(settings, "exec", *(("--stdin",) if stdin else ()), pod, "--", *argv).of(stdin)
