"""The docker engine's answers, and the few docker commands more than one step needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.shell import Shell


@dataclass(frozen=True)
class Engine:
    """What the engine says about itself."""

    version: str
    cgroup: str
    runtime: str


def parse_engine(text: str) -> Engine | None:
    """Return the engine described by `docker info` in the format `version|cgroup|runtime`, None if it has none."""
    parts = text.split("|")
    if len(parts) != 3 or not parts[0]:
        return None
    return Engine(*parts)


def engine(shell: Shell) -> Engine | None:
    """Return the engine the docker client reaches, or None."""
    words = "{{.ServerVersion}}|{{.CgroupVersion}}|{{.DefaultRuntime}}"
    answer = shell.ask(["docker", "info", "--format", words], timeout_s=15)
    return parse_engine(answer) if answer else None


def image_id(shell: Shell, image: str) -> str | None:
    """Return the id of a local image, None when there is none of that name."""
    return shell.ask(["docker", "image", "inspect", "--format", "{{.Id}}", image])


def build(
    shell: Shell,
    context: Path,
    tag: str,
    *,
    target: str,
    args: Mapping[str, str] | None = None,
    dockerfile: Path | None = None,
) -> None:
    """Build one target of a Dockerfile, with the legacy builder where the client has no buildx.

    Raises:
        StepFailed: the build failed; its output is in the log.

    """
    legacy = shell.ask(["docker", "buildx", "version"]) is None
    prefix = ["env", "DOCKER_BUILDKIT=0"] if legacy else []
    extra = [word for key, value in (args or {}).items() for word in ("--build-arg", f"{key}={value}")]
    file = ["--file", str(dockerfile)] if dockerfile else []
    shell.run([*prefix, "docker", "build", "--target", target, "--tag", tag, *extra, *file, context])
