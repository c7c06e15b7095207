"""What is kept of a failed test: logs and events of all pods, and `ha status`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from e2e.kube import Kube
from e2e.platform import Platform

__all__ = ["folder_of", "keep"]


def keep(platform: Platform, folder: Path) -> Path:
    """Write everything into `folder`; what cannot be had is replaced by the reason."""
    kube = platform.kube
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _write(folder / "pods.txt", lambda: kube("get", "pods", "--output=wide"))
    _write(folder / "nodes.txt", lambda: kube("get", "nodes", "--output=wide"))
    _write(folder / "describe.txt", lambda: kube("describe", "pods,pdb"))
    _write(folder / "events.txt", lambda: kube("get", "events", "--sort-by=.lastTimestamp"))
    for member in platform.members:
        status = ("exec", member, "--container=postgres", "--", "ha", "status")
        _write(folder / f"ha-status-{member}.txt", partial(kube, *status))
    for pod in _names(kube):
        logs = ("logs", pod, "--all-containers", "--timestamps")
        _write(folder / f"{pod}.log", partial(kube, *logs))
        with suppress(subprocess.CalledProcessError):  # most containers have no former one
            (folder / f"{pod}.previous.log").write_text(kube(*logs, "--previous"))
    return folder


def folder_of(test: str) -> str:
    """Return a test's name as a folder's."""
    return re.sub(r"[^\w.-]+", "_", test.rsplit("/", 1)[-1])


def _names(kube: Kube) -> list[str]:
    try:
        return [name.removeprefix("pod/") for name in kube("get", "pods", "--output=name").split()]
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return []


def _write(path: Path, ask: Callable[[], str]) -> None:
    try:
        text = ask()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        text = f"{error}\n"
    path.write_text(text)
