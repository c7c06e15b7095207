"""Our three images: tagged by content, built when there is none of that tag, loaded into the nodes once."""

import json
from collections.abc import Mapping
from pathlib import Path

from cluster import base, docker, kind, wheels
from cluster.content import Stamp, content_key
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed
from cluster.sources import Source

ATTEMPTS = 3
INPUTS: Mapping[str, tuple[str, ...]] = {
    "todo": ("Dockerfile", ".dockerignore", "app"),
    "postgres": ("Dockerfile", ".dockerignore", "ha"),
    "pgpool": ("Dockerfile", ".dockerignore", "ha"),
}
"""Dockerfile target → what the image is made from."""


def tags(shell: Shell, settings: Settings, source: Source) -> dict[str, str]:
    """Return image → content hash of everything that goes into it."""
    base_id = docker.image_id(shell, base.name(source)) or ""
    return {
        target: content_key([settings.root / p for p in inputs], base_id, root=settings.root)
        for target, inputs in INPUTS.items()
    }


def memory(settings: Settings) -> Stamp:
    """Return the record of what the nodes have: image → tag, as JSON."""
    return Stamp(settings.state / "images.json")


def loaded_tags(settings: Settings) -> dict[str, str]:
    """Return the tags that `ensure` left on the nodes."""
    return dict(json.loads(memory(settings).path.read_text()))


def build(
    shell: Shell, settings: Settings, source: Source, references: Mapping[str, str], *, anew: bool = False
) -> list[str]:
    """Build the images (target → reference) that are not there, or all of them `anew`; return the references built.

    Raises:
        StepFailed: a build failed.

    """
    missing = {target: ref for target, ref in references.items() if anew or not docker.image_id(shell, ref)}
    if missing:
        wheels.ensure(shell, settings)
    for target, reference in missing.items():
        shell.say(f"docker build of {reference}")
        docker.build(shell, settings.root, reference, target=target, args={"BASE": base.name(source)})
    return list(missing.values())


def ensure(shell: Shell, settings: Settings, source: Source) -> str:
    """Make every node that carries our pods have the images of the present sources, and remember their tags.

    Raises:
        StepFailed: a build or a load failed, or the sources kept changing under it.

    """
    for _ in range(ATTEMPTS):
        present = tags(shell, settings, source)
        references = {target: f"kube-flask/{target}:{tag}" for target, tag in present.items()}
        built = build(shell, settings, source, references)
        if not built or tags(shell, settings, source) == present:
            break
        # What was built may hold files of a later content than its tag says.
        shell.say("the sources changed during the build: once more")
        shell.run(["docker", "image", "rm", "--force", *built])
    else:
        raise StepFailed("the sources changed during each build", "run this again when nothing edits them")
    loaded = _load(shell, settings, list(references.values()))
    memory(settings).write(json.dumps(present))
    return f"{len(built)} built, {loaded} loaded" if built or loaded else "nothing changed"


def to_load(wanted: list[str], present: Mapping[str, str]) -> dict[str, list[str]]:
    """Return image → nodes that lack it, from each node's list of image names (one a line)."""
    lists = {node: set(names.split()) for node, names in present.items()}
    lacking = {image: [n for n in lists if f"docker.io/{image}" not in lists[n]] for image in wanted}
    return {image: nodes for image, nodes in lacking.items() if nodes}


def _load(shell: Shell, settings: Settings, images: list[str]) -> int:
    ask = ["ctr", "--namespace", "k8s.io", "images", "ls", "--quiet"]
    present = {node: shell.need(["docker", "exec", node, *ask]) for node in settings.carriers}
    lacking = to_load(images, present)
    if not lacking:
        return 0
    nodes = sorted({node for nodes in lacking.values() for node in nodes})
    shell.say(f"loading {len(lacking)} images into {len(nodes)} nodes")
    archive = settings.cache / "images.tar"
    shell.run(["docker", "save", "--output", archive, *lacking])
    load: list[str | Path] = [
        kind.binary(shell, settings),
        "load",
        "image-archive",
        archive,
        "--name",
        settings.name,
    ]
    shell.run([*load, "--nodes", ",".join(nodes)])
    archive.unlink()
    return len(lacking)
