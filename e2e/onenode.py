"""The kind cluster of one node, brought up and removed by the commands of docs/local.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cluster import appimages, kind
from cluster.settings import Settings
from cluster.shell import Shell
from e2e.documented import DOWN, LOCAL, UP, Typist, blocks

__all__ = ["as_documented", "typist"]


@contextmanager
def as_documented(settings: Settings) -> Iterator[None]:
    """Type the page from the bring-up on, and its removal when the block ends.

    Raises AssertionError for a command that fails, StepFailed when there is no kind.
    """
    commands = blocks(LOCAL.read_text())
    first, *others = UP
    Typist().run(commands[first])
    program = str(kind.binary(Shell(settings.logs / "one-node.log"), settings))
    by_hand = typist(settings, program, appimages.loaded_tags(settings))
    for heading in others:
        by_hand.run(commands[heading])
    yield
    for heading in DOWN:
        by_hand.run(commands[heading])


def typist(settings: Settings, program: str, tags: dict[str, str]) -> Typist:
    """Return who types what is meant for a cluster of one's own, with the kind cluster in its place.

    The images are named as the bring-up did, so that applying the page's manifests changes nothing.
    """
    sets = " ".join(f"--set images.tag.{image}={tag}" for image, tag in sorted(tags.items()))
    return Typist(
        environment={"KUBECONFIG": str(settings.kubeconfig)},
        replaced={
            "minikube image load": f"{program} load docker-image --name {settings.name}",
            "127.0.0.1:30080": f"127.0.0.1:{settings.host_port}",
            "-m synth": f"-m synth {sets}",
        },
    )
