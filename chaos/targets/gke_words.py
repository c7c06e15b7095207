"""What the target asks of kubectl. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chaos.kube.client import MANAGER
from chaos.kube.facts import COMPONENT
from chaos.targets.gke_objects import HANDS, JOB, RUNNER, WORK
from chaos.targets.gke_tool import Command
from chaos.targets.kind_doors import LABELS
from cluster.gke.settings import GkeSettings

__all__ = [
    "READY_S",
    "apply",
    "create",
    "hands",
    "inside",
    "into_pod",
    "kubectl",
    "on_node",
    "removal",
    "unpack",
    "waits",
]

READY_S = 180
# All namespaces of the node's first process: commands are run by the node's own programs, as if on its console.
NSENTER = ("nsenter", "--target=1", "--mount", "--uts", "--ipc", "--net", "--pid", "--")


def kubectl(settings: GkeSettings, *words: str) -> Command:
    """Return a kubectl command in the platform's namespace."""
    return Command((*settings.kubectl, f"--namespace={settings.namespace}", *words))


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
