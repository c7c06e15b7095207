"""Where the node and base images come from: pulled from a registry, or built from package mirrors."""

from dataclasses import dataclass
from typing import Literal

import requests

from cluster.content import Stamp
from cluster.settings import ImageSource, Settings

REGISTRY = "https://registry-1.docker.io/v2/"
PROBE_TIMEOUT_S = 4.0


@dataclass(frozen=True)
class Source:
    """The decision and the reason that is shown."""

    kind: Literal["pull", "build"]
    reason: str


def registry_answers() -> bool:
    """Tell whether Docker Hub speaks its protocol to this machine (401 = it asks for a token, as it should)."""
    try:
        return requests.get(REGISTRY, timeout=PROBE_TIMEOUT_S).status_code in (200, 401)
    except requests.RequestException:
        return False


def decide(flag: ImageSource, remembered: str | None, answers: bool | None) -> Source | None:
    """Return the source, or None when only a probe of the registry can tell.

    `answers` is the result of that probe, None before it was made.
    """
    if flag != "auto":
        return Source(flag, f"--images {flag}")
    if remembered == "pull":
        return Source("pull", "as the last time, --images build changes it")
    if remembered == "build":
        return Source("build", "as the last time, --images pull changes it")
    if answers is None:
        return None
    if answers:
        return Source("pull", f"{REGISTRY} answers")
    return Source("build", f"{REGISTRY} gave no answer within {PROBE_TIMEOUT_S:.0f} s")


def choose(settings: Settings) -> Source:
    """Decide, asking the registry only when nothing else tells, and remember it."""
    memory = settings.cache / "source"
    remembered = memory.read_text().strip() if memory.exists() else None
    source = decide(settings.images, remembered, None) or decide(settings.images, None, registry_answers())
    if source is None:
        raise AssertionError("decide() with a probe always decides")
    Stamp(memory).write(source.kind)
    return source
