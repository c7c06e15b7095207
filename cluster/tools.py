"""Programs the bring-up calls: found, installed on Debian and Ubuntu, or listed in one message."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster import docker, facts, versions
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed

OLDEST_GO = "1.21"
"""The first Go that fetches the newer toolchain a go.mod names."""


@dataclass(frozen=True)
class Tool:
    """A program, the Debian package it is in, and what to say to people of other systems."""

    program: str
    package: str
    wanted: str


DOCKER = Tool(
    "docker", "docker.io", "docker, the client and an engine, 20.10 or newer (Docker Desktop has both)"
)
DOCKERD = Tool("dockerd", "docker.io", "dockerd, the docker engine, 20.10 or newer")
IP = Tool("ip", "iproute2", "ip (iproute2)")
IPTABLES = Tool("iptables", "iptables", "iptables 1.8 or newer")
DEBOOTSTRAP = Tool("debootstrap", "debootstrap", "debootstrap, for images without a registry")
COMPOSE = Tool("docker-compose", "docker-compose", "docker compose, or docker-compose 1.29 or newer")
GO = Tool(
    "go", "golang-go", f"go {OLDEST_GO} or newer (it fetches {versions.GO} itself), or kind {versions.KIND}"
)


def wanted_tools(*, engine_answers: bool, linux: bool, building: bool, has_kind: bool) -> list[Tool]:
    """Return the programs this bring-up will call."""
    wanted = [DOCKER]
    if linux and not engine_answers:
        wanted += [DOCKERD, IP, IPTABLES]
    if building:
        wanted.append(DEBOOTSTRAP)
    if building or not has_kind:
        wanted.append(GO)
    return wanted


def missing_tools(wanted: Sequence[Tool], has: Callable[[Tool], bool]) -> list[Tool]:
    """Return the wanted programs that are not there."""
    return [tool for tool in wanted if not has(tool)]


def missing_message(missing: Sequence[Tool]) -> str:
    """Return one sentence that lists everything to install."""
    return "please install, then run this again: " + "; ".join(tool.wanted for tool in missing)


def kind_on_path(shell: Shell) -> Path | None:
    """Return the `kind` on PATH if it is new enough for the node image."""
    found = shutil.which("kind")
    answer = shell.ask([found, "version"]) if found else None
    return Path(found) if found and answer and facts.at_least(answer, versions.KIND) else None


def _usable(shell: Shell, tool: Tool) -> bool:
    found = shutil.which(tool.program)
    if found is None:
        return False
    if tool is not GO:
        return True
    answer = shell.ask([found, "version"])
    return answer is not None and facts.at_least(answer, OLDEST_GO)


def ensure(shell: Shell, settings: Settings, *, building: bool) -> str:
    """Find every program, installing with apt-get where that is possible.

    Raises:
        StepFailed: something is missing and cannot be installed from here.

    """
    wanted = wanted_tools(
        engine_answers=shutil.which("docker") is not None and docker.engine(shell) is not None,
        linux=sys.platform == "linux",
        building=building,
        has_kind=(settings.cache / "bin" / "kind").exists() or kind_on_path(shell) is not None,
    )
    missing = missing_tools(wanted, lambda tool: _usable(shell, tool))
    return _install(shell, missing) if missing else "all there"


def compose(shell: Shell) -> list[str]:
    """Return the command of docker compose: the client's plugin, else the older program, which is installed if need be.

    Raises:
        StepFailed: there is neither, and it cannot be installed from here.

    """
    plugin = ["docker", "compose"]
    if shell.ask([*plugin, "version"]) is not None:
        return plugin
    if not _usable(shell, COMPOSE):
        _install(shell, [COMPOSE])
    return [COMPOSE.program]


def _install(shell: Shell, missing: Sequence[Tool]) -> str:
    release = Path("/etc/os-release")
    if os.geteuid() != 0 or not release.exists() or not facts.is_debian_like(release.read_text()):
        raise StepFailed(missing_message(missing))
    packages = sorted({tool.package for tool in missing})
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    shell.run([*apt, "update"], advice="check the apt sources of this machine, then run this again")
    shell.run([*apt, "install", "-y", "--no-install-recommends", *packages], advice=missing_message(missing))
    left = missing_tools(missing, lambda tool: _usable(shell, tool))
    if left:
        raise StepFailed(missing_message(left))
    return f"installed {', '.join(packages)}"
