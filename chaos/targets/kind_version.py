"""Which version of the platform is judged: figures of one version may be put together, others may not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from chaos.targets.base import TargetError

__all__ = ["CONFIG_KEY", "CONFIG_MAP", "digest", "members_in", "settings_in", "sources"]

LENGTH = 12
CONFIG_MAP, CONFIG_KEY = "ha", "ha.json"


def sources(root: Path) -> list[Path]:
    """Return what the agents are built from, and nothing that only tests them."""
    found = [path for path in (root / "ha").rglob("*") if path.is_file()]
    return sorted(p for p in found if not {"tests", "__pycache__"} & set(p.relative_to(root).parts))


def digest(root: Path, manifests: Path) -> str:
    """Return 12 hexadecimal digits of the agents' sources and the manifests that were applied.

    Raises TargetError when no manifests are there.
    """
    applied = sorted(manifests.glob("*.yaml"))
    if not applied:
        raise TargetError(f"There are no manifests in {manifests}, so nobody knows what runs; run `make up`.")
    return _digest(
        [*((p, p.relative_to(root)) for p in sources(root)), *((p, Path(p.name)) for p in applied)]
    )


def _digest(files: Iterable[tuple[Path, Path]]) -> str:
    total = hashlib.sha256()
    for path, name in files:
        content = path.read_bytes()
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
