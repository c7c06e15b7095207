"""What is kept of a failed test: logs and events of all pods, and `ha status`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from e2e.kubectl import Kubectl

__all__ = ["folder_of", "keep"]


def keep(kubectl: Kubectl, members: Sequence[str], folder: Path) -> Path:
    """Write everything into `folder`; what cannot be had is replaced by the reason."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _write(folder / "pods.txt", lambda: kubectl("get", "pods", "--output=wide"))
    _write(folder / "nodes.txt", lambda: kubectl("get", "nodes", "--output=wide"))
    _write(folder / "describe.txt", lambda: kubectl("describe", "pods,pdb"))
    _write(folder / "events.txt", lambda: kubectl("get", "events", "--sort-by=.lastTimestamp"))
    for member in members:
        status = ("exec", member, "--container=postgres", "--", "ha", "status")
        _write(folder / f"ha-status-{member}.txt", partial(kubectl, *status))
    for pod in _names(kubectl):
        logs = ("logs", pod, "--all-containers", "--timestamps")
        _write(folder / f"{pod}.log", partial(kubectl, *logs))
        # Most containers have no former one; PostgreSQL may have logged what is no text.
        with suppress(subprocess.CalledProcessError, UnicodeDecodeError):
            (folder / f"{pod}.previous.log").write_text(kubectl(*logs, "--previous"))
    return folder


def folder_of(test: str) -> str:
    """Return a test's name as a folder's."""
    return re.sub(r"[^\w.-]+", "_", test.rsplit("/", 1)[-1])


def _names(kubectl: Kubectl) -> list[str]:
    try:
        return [name.removeprefix("pod/") for name in kubectl("get", "pods", "--output=name").split()]
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return []


def _write(path: Path, ask: Callable[[], str]) -> None:
    try:
        text = ask()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        text = f"{error}\n"
    path.write_text(text)
