"""`make images`: exactly the images that dist/ names, for people who apply dist/ to a cluster of their own."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from cluster import appimages, base, engine, manifests
from cluster.content import content_key
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed
from cluster.sources import Source
from cluster.steps import Step

Tags = Literal["release", "content"]
TAGS: tuple[Tags, ...] = get_args(Tags)


def by_content(settings: Settings, source: Source, registry: str) -> dict[str, str]:
    """Return Dockerfile target → reference whose tag is a hash of the sources: known before anything is built.

    Unlike on kind, where the base image's id counts too, only its name does: this must be the same on every machine.
    """
    name = base.name(source)
    keys = {
        target: content_key([settings.root / p for p in inputs], name, root=settings.root)
        for target, inputs in appimages.INPUTS.items()
    }
    return {target: f"{registry.rstrip('/')}/{target}:{key}" for target, key in keys.items()}


def references(names: Sequence[str], registry: str | None) -> dict[str, str]:
    """Return Dockerfile target → reference to build, with `registry` (host/path) in place of the prefix in `names`.

    Raises:
        StepFailed: an image is none of ours.

    """
    found = {}
    for name in names:
        target = name.rsplit("/", 1)[-1].partition(":")[0]
        if target not in appimages.INPUTS:
            raise StepFailed(f"dist/ names {name}, which the Dockerfile has no target for")
        found[target] = f"{registry.rstrip('/')}/{name.rsplit('/', 1)[-1]}" if registry else name
    return found


def push(shell: Shell, wanted: Mapping[str, str]) -> None:
    """Push the images (target → reference).

    Raises:
        StepFailed: the registry did not take one.

    """
    for reference in wanted.values():
        shell.say(f"docker push {reference}")
        shell.run(["docker", "push", reference], advice=f"docker login {reference.partition('/')[0]}")


def steps(settings: Settings, source: Source, registry: str | None, tags: Tags = "release") -> list[Step]:
    """Return the steps that build the images, and push them when there is a registry to push to."""

    def wanted() -> dict[str, str]:
        if tags == "content" and registry:
            return by_content(settings, source, registry)
        return references(manifests.image_names(manifests.documents(settings.root / "dist")), registry)

    def build(shell: Shell) -> str:
        # The release tag does not change with the sources, so what has it may be old: docker's cache decides.
        anew = tags == "release"
        return ", ".join(appimages.build(shell, settings, source, wanted(), anew=anew)) or "nothing changed"

    def pushed(shell: Shell) -> str:
        push(shell, wanted())
        sets = [f"images.registry={registry}"]
        if tags == "content":
            sets += [f"images.tag.{target}={ref.rpartition(':')[2]}" for target, ref in wanted().items()]
        return f"to {registry}; synthesize with {' '.join(f'--set {one}' for one in sets)}"

    made = [
        Step("engine", "docker engine", lambda shell: engine.ensure(shell, settings)),
        Step(
            "base",
            f"base image ({source.kind}: {source.reason})",
            lambda sh: base.ensure(sh, settings, source),
        ),
        Step("build", "the images of dist/", build),
    ]
    return [*made, Step("push", "push", pushed)] if registry else made
