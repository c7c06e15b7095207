"""Puts any cluster right again from nothing but the cluster: whoever broke it may be long dead."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence

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
    words = [line.split() for line in lines if line]
    said: Mapping[str, str] = {
        "chain": "packets were dropped on {node}; {n} chains removed.",
        "process": "{names} on {node} hung and may go on.",
        "hog": "busy loops on {node} were ended.",
        "manifest": "the manifest of {names} was put back on {node}.",
    }
    done = []
    for word, sentence in said.items():
        names = Counter(parts[-1] for parts in words if parts[0] == word)
        if names:
            listed = ", ".join(f"{name} ({n} processes)" if n > 1 else name for name, n in names.items())
            done.append(sentence.format(node=node, n=names.total(), names=listed))
    return [line[0].upper() + line[1:] if not line.startswith(node) else line for line in done]
