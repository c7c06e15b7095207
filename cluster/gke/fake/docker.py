"""The program named `docker`: the real one when kind is behind the fake, else an engine that has every image."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from cluster.gke.fake import kindside
from cluster.gke.fake.failures import next_failure
from cluster.gke.fake.state import opened

HERE = Path(__file__).parent / "bin"
ENGINE = "20.10.24|2|kube-flask-runc"
"""What `docker info` says in the format of cluster/docker.py; that runtime is right on every machine."""


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    if arguments[:1] == ["push"]:
        return _push(arguments[1])
    if kindside.source() is not None:
        real = shutil.which("docker", path=_without_us(os.environ["PATH"])) or "docker"
        os.execv(real, [real, *arguments])
    print(
        ENGINE if arguments[:1] == ["info"] else "sha256:0" if arguments[:2] == ["image", "inspect"] else ""
    )
    return 0


def _push(reference: str) -> int:
    with opened() as state:
        state["calls"].append(["docker", "push", reference])
        if failure := next_failure("docker push", state["failures"]):
            print(failure["says"], file=sys.stderr)
            return 1
        repository = reference.rpartition("/")[0].rpartition("/")[2]
        if repository not in state["repositories"]:
            print(f'name unknown: Repository "{repository}" not found', file=sys.stderr)
            return 1
        state["images"] = sorted({*state["images"], reference})
    if kindside.source() is not None:
        kindside.pushed(reference)
    return 0


def _without_us(path: str) -> str:
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if Path(folder).resolve() != HERE)
