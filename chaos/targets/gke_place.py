"""What a runner puts into the cluster and takes out again."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from chaos.faults.hands import FaultError, Hands
from chaos.faults.heal import heal_all
from chaos.kube.client import Kube, KubeError
from chaos.targets import gke_objects, gke_words
from chaos.targets.base import TargetError
from chaos.targets.gke_status import clients_node
from chaos.targets.gke_tool import EXISTS, Tool
from cluster.gke.settings import GkeSettings

__all__ = ["InPod", "equipped", "healed", "packed", "settled"]

CALL_S = 120.0
LEFT_OUT = ("tests", "__pycache__")
NEEDED = (
    "iptables-restore",
    "ip6tables-restore",
    "systemd-run",
    "pgrep",
    "pkill",
    "ps",
    "awk",
    "sed",
    "setsid",
)
"""What the scripts for nodes call (chaos/faults/scripts.py), beside what every Linux has."""
MISSING = 'for it; do command -v "$it" > /dev/null || echo "$it"; done'


@dataclass(frozen=True)
class InPod:
    """A pod's first container, for a recorder; `kubectl exec` goes the way that no cut closes."""

    settings: GkeSettings
    pod: str

    def run(self, name: str, argv: Sequence[str]) -> list[str]:
        """Return the command that runs `argv` there under a name."""
        remember = 'echo $$ > "/tmp/$0"; exec "$@"'
        return [
            *gke_words.into_pod(self.settings, self.pod, "sh", "-c", remember, name, *argv, stdin=" ").words
        ]

    def end(self, name: str) -> list[str]:
        """Return the command that ends it: the end of `kubectl exec` alone would leave it running."""
        return [
            *gke_words.into_pod(self.settings, self.pod, "sh", "-c", 'kill "$(cat "/tmp/$0")"', name).words
        ]


def settled(
    settings: GkeSettings, kube: Kube, tool: Tool, members: Sequence[str], runner: str, stack: ExitStack
) -> str:
    """Put the clients' pod and ours on all nodes into the cluster, until the stack ends; return the clients' node.

    Raises TargetError, also when another runner is there.
    """
    try:
        node, image = clients_node(kube.node_infos(), kube.pods()), kube.images("deployment", "pgpool")[0]
    except KubeError as error:
        raise TargetError(f"The platform cannot be reached: {error}.") from error
    try:
        owner = tool.run(gke_words.create(settings, gke_objects.job(node, image)), CALL_S).strip()
    except FaultError as error:
        if EXISTS not in str(error):
            raise
        heal = f"python -m chaos heal --on gke --project {settings.project}"
        raise TargetError(
            f"Somebody else judges {settings.place} (job/{gke_objects.JOB} is there); wait, or if they are dead: {heal}"
        ) from error
    stack.callback(tool.run, gke_words.removal(settings), CALL_S)
    tool.run(gke_words.apply(settings, gke_objects.helpers(image, members, runner, owner)), CALL_S)
    for wait in gke_words.waits(settings):
        tool.run(wait, gke_words.READY_S + CALL_S)
    tool.run(gke_words.unpack(settings, packed(settings.root)), CALL_S)
    return node


def equipped(hands: Hands) -> None:
    """Look on every node for the programs that the scripts call. Raises FaultError."""
    for node, missing in hands.on_every_node(lambda node: hands.sh(node, MISSING, *NEEDED)).items():
        if missing:
            raise FaultError(
                f"{node} has no {', '.join(missing)}, so nothing can be broken and healed on it."
            )


def healed(
    settings: GkeSettings, kube: Kube, tool: Tool, hands: Hands, runner: str, stack: ExitStack
) -> list[str]:
    """Remove what a dead runner left in the cluster and on its nodes; return what was put right. Raises TargetError."""
    left = tool.run(gke_words.removal(settings), CALL_S).split()
    try:
        image = kube.images("deployment", "pgpool")[0]
    except KubeError as error:
        raise TargetError(f"The platform cannot be reached: {error}.") from error
    stack.callback(tool.run, gke_words.removal(settings), CALL_S)
    tool.run(gke_words.apply(settings, gke_objects.helpers(image, (), runner, "")), CALL_S)
    return [*heal_all(hands), *(f"{name} of a former run was there and is removed." for name in left)]


def packed(root: Path) -> bytes:
    """Return the instrument's own source as a tar archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(
            root / "chaos", "chaos", filter=lambda item: None if Path(item.name).name in LEFT_OUT else item
        )
    return packed.getvalue()
