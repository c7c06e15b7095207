"""Which version of the platform is judged: figures of one version may be put together, others may not.

It is the same on every machine. Tags of images are not: they also stand for the base image, which each machine builds
from the packages of the day, and the names of Jobs stand for the tags.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from chaos.targets.base import TargetError
from cluster.appimages import INPUTS
from cluster.content import files_of

__all__ = ["CONFIG_KEY", "CONFIG_MAP", "digest", "members_in", "settings_in", "sources"]

LENGTH = 12
TAGS = re.compile(rb"(?m)^(\s*(?:image: \S+:|name: \S+-))[0-9a-f]{10,12}$")
"""The tag of an image (cluster/content.py), and the end of a Job's name (synth)."""
CONFIG_MAP, CONFIG_KEY = "ha", "ha.json"


def sources(root: Path) -> list[Path]:
    """Return what our images are built from, and nothing that only tests it."""
    return sorted({file for parts in INPUTS.values() for part in parts for file in files_of(root / part)})


def digest(root: Path, manifests: Path) -> str:
    """Return 12 hexadecimal digits of the sources and the manifests that were applied.

    Raises TargetError when no manifests are there.
    """
    applied = sorted(manifests.glob("*.yaml"))
    if not applied:
        raise TargetError(f"There are no manifests in {manifests}, so nobody knows what runs; run `make up`.")
    return _digest(
        [
            *((p.relative_to(root), p.read_bytes()) for p in sources(root)),
            *((Path(p.name), TAGS.sub(rb"\1", p.read_bytes())) for p in applied),
        ]
    )


def _digest(files: Iterable[tuple[Path, bytes]]) -> str:
    total = hashlib.sha256()
    for name, content in files:
        total.update(f"{name.as_posix()} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()[:LENGTH]


def settings_in(manifests: Path) -> dict[str, Any]:
    """Return the agents' settings (ha.json) as they were applied. Raises TargetError when there are none."""
    for path in sorted(manifests.glob("*.yaml")):
        for item in yaml.safe_load_all(path.read_text()):
            if item and item["kind"] == "ConfigMap" and item["metadata"]["name"] == CONFIG_MAP:
                settings: dict[str, Any] = json.loads(item["data"][CONFIG_KEY])
                return settings
    raise TargetError(f"No manifest in {manifests} holds the ConfigMap {CONFIG_MAP}; run `make up`.")


def members_in(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the members: the first labels of their hosts' names."""
    return tuple(str(host).split(".", 1)[0] for host in settings["members"])
