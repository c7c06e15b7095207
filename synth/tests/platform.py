"""What the tests look at: the manifests of one set of settings, parsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from synth.load import load
from synth.output import write
from synth.settings import Settings

VARIANTS: dict[str, dict[str, Any]] = {
    "release": {},
    "kind": {"preset": "kind"},
    "single-node": {"preset": "single-node"},
    "gke": {"preset": "gke"},
    "five-nodes": {"sets": ["postgres.nodes=5", "pgpool.replicas=3"]},
    "elsewhere": {
        "sets": ["namespace=shop", "secret=mine", "cluster_domain=corp.internal", "todo.node_port=0"]
    },
    "registry": {
        "sets": ["images.registry=registry.corp:5000/db", "images.tag=v9", "images.pull_secret=pull"]
    },
}

Doc = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod template and the object it belongs to."""

    owner: Doc
    labels: dict[str, str]
    annotations: dict[str, str]
    spec: Doc

    @property
    def container(self) -> Doc:
        (only,) = self.spec["containers"]
        return dict(only)

    @property
    def name(self) -> str:
        return self.labels["app.kubernetes.io/name"]


@dataclass(frozen=True)
class Platform:
    """Settings, the files made of them by name, and all objects in the order of `kubectl apply -f`."""

    settings: Settings
    files: dict[str, str]
    docs: list[Doc]

    @classmethod
    def of(cls, variant: str, folder: Path) -> Platform:
        settings = load(**VARIANTS[variant])
        names = write(settings, folder)
        files = {name: (folder / name).read_text() for name in names}
        docs = [doc for name in sorted(files) for doc in yaml.load_all(files[name], yaml.CSafeLoader)]
        return cls(settings, files, docs)

    def of_kind(self, kind: str) -> list[Doc]:
        return [doc for doc in self.docs if doc["kind"] == kind]

    def one(self, kind: str, name: str) -> Doc:
        (found,) = [doc for doc in self.of_kind(kind) if doc["metadata"]["name"] == name]
        return found

    @property
    def pods(self) -> list[Pod]:
        return list(self._pods())

    def pod(self, name: str) -> Pod:
        (found,) = [pod for pod in self.pods if pod.name == name]
        return found

    def _pods(self) -> Iterator[Pod]:
        for doc in self.docs:
            if "template" in doc.get("spec", {}):
                meta = doc["spec"]["template"]["metadata"]
                yield Pod(doc, meta["labels"], meta.get("annotations", {}), doc["spec"]["template"]["spec"])
