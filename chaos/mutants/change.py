"""Pure transformations of the rendered manifests: documents in, changed copies out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

__all__ = [
    "MARK",
    "OWNERS",
    "Change",
    "Document",
    "agents",
    "both",
    "changed",
    "failpoints",
    "find",
    "ha_settings",
    "rolled",
    "spread_off",
    "wrong_budget",
]

Document = dict[str, Any]
Change = Callable[[Sequence[Document]], list[Document]]
CONFIG_MAP, CONFIG_KEY = "ha", "ha.json"
CHECKSUM = "checksum/config"
"""As synth names it: another value in a pod template rolls the pods, which read their ConfigMap only once."""
MARK = "kube-flask/mutant"
"""Annotation with the mutant's name on every object that is not what synth wrote."""
OWNERS = {"postgres": "StatefulSet", "pgpool": "Deployment"}


def find(documents: Sequence[Document], kind: str, name: str) -> Document:
    """Return one document. Raises ValueError when it is not there."""
    for item in documents:
        if (item["kind"], item["metadata"]["name"]) == (kind, name):
            return item
    raise ValueError(f"the manifests have no {kind} {name}; run `make up`")


def ha_settings(documents: Sequence[Document]) -> dict[str, Any]:
    """Return the agents' settings, ha.json. Raises ValueError when they are not there."""
    settings: dict[str, Any] = json.loads(find(documents, "ConfigMap", CONFIG_MAP)["data"][CONFIG_KEY])
    return settings


def agents(component: str, **told: Any) -> Change:
    """Tell the agents of `postgres` or `pgpool` other settings; a section of ha.json is changed, not replaced."""

    def change(documents: Sequence[Document]) -> list[Document]:
        copies = copy.deepcopy(list(documents))
        settings = ha_settings(copies)
        for key, value in told.items():
            settings[key] = {**settings.get(key, {}), **value} if isinstance(value, dict) else value
        text = json.dumps(settings, indent=2) + "\n"
        find(copies, "ConfigMap", CONFIG_MAP)["data"][CONFIG_KEY] = text
        template = find(copies, OWNERS[component], component)["spec"]["template"]
        template["metadata"].setdefault("annotations", {})[CHECKSUM] = sha256(text.encode()).hexdigest()
        return copies

    return change


def failpoints(component: str, **active: Any) -> Change:
    """Let the agents of a component run with these failpoints (ha/failpoints.py; `_` stands for `-`)."""
    named = {name.replace("_", "-"): value for name, value in active.items()}
    return agents(component, failpoints_enabled=True, failpoints=named)


def both(one: Change, other: Change) -> Change:
    """Make two changes."""
    return lambda documents: other(one(documents))


def wrong_budget(documents: Sequence[Document]) -> list[Document]:
    """Let the budget of the PostgreSQL nodes choose pods that there are not."""
    copies = copy.deepcopy(list(documents))
    chosen = find(copies, "PodDisruptionBudget", "postgres")["spec"]["selector"]["matchLabels"]
    chosen["app.kubernetes.io/name"] = "postgresql"
    return copies


def spread_off(documents: Sequence[Document]) -> list[Document]:
    """Let both pgpool pods share a node."""
    copies = copy.deepcopy(list(documents))
    pod = find(copies, "Deployment", "pgpool")["spec"]["template"]["spec"]
    del pod["affinity"], pod["topologySpreadConstraints"]
    return copies


def changed(before: Sequence[Document], after: Sequence[Document], name: str) -> list[Document]:
    """Return the documents that differ, marked with the mutant's name."""
    found = [copy.deepcopy(new) for old, new in zip(before, after, strict=True) if old != new]
    for item in found:
        item["metadata"].setdefault("annotations", {})[MARK] = name
    return found


def rolled(documents: Sequence[Document]) -> list[str]:
    """Return the workloads among these documents, as kubectl names them."""
    return [f"{d['kind'].lower()}/{d['metadata']['name']}" for d in documents if d["kind"] in OWNERS.values()]
