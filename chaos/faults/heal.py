"""Puts any cluster right again from nothing but the cluster: whoever broke it may be long dead."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from chaos.faults.control import MANIFESTS, wait_for_api
from chaos.faults.drain import uncordon
from chaos.faults.hands import PAUSED, RUNNING, FaultError, Hands
from chaos.faults.nodes import wait_ready
from chaos.faults.scripts import CHAIN, HEAL
from chaos.kube.client import KubeError

__all__ = ["heal_all", "sentences"]


def heal_all(hands: Hands) -> list[str]:
    """Undo whatever any fault of any run may have left; return what was put right, empty when nothing was.

    Raises FaultError when something cannot be put right.
    """
    done, started = _nodes(hands)
    for node, lines in hands.on_every_node(lambda node: hands.sh(node, HEAL, CHAIN, MANIFESTS)).items():
        done += sentences(node, lines)
    wait_for_api(hands)
    if started:
        wait_ready(hands, started)
    try:
        names = list(hands.kube.nodes())
    except KubeError as error:
        raise FaultError(str(error)) from error
    return done + [f"{node} was uncordoned." for node in names if uncordon(hands, node)]


def _nodes(hands: Hands) -> tuple[list[str], dict[str, float]]:
    """Thaw and start nodes; return the sentences, and when which one was started by the wall clock."""
    done: list[str] = []
    started: dict[str, float] = {}
    for node, state in hands.engine.states().items():
        if state == PAUSED:
            hands.engine.unpause(node)
            done.append(f"{node} was paused and goes on.")
        elif state != RUNNING:
            started[node] = time.time()
            hands.engine.start(node)
            done.append(f"{node} was down and is started.")
    return done, started


def sentences(node: str, lines: Sequence[str]) -> list[str]:
    """Return in words what the script HEAL printed on a node."""
    found: dict[str, Counter[str]] = {}
    for word, *rest in map(str.split, filter(None, lines)):
        found.setdefault(word, Counter())[rest[-1]] += 1
    said = []
    if chains := found.get("chain"):
        said.append(
            f"packets were dropped; {len(chains)} chain{'s are' if len(chains) > 1 else ' is'} removed."
        )
    if hung := found.get("process"):
        names = ", ".join(f"{name} ({n} processes)" if n > 1 else name for name, n in hung.items())
        said.append(f"{names} hung and may go on.")
    if "hog" in found:
        said.append("busy loops were ended.")
    if away := found.get("manifest"):
        said.append(f"the manifest of {', '.join(away)} was put back.")
    return [f"On {node}, {sentence}" for sentence in said]
