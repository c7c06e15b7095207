"""`make images`: exactly the images that dist/ names, for people who apply dist/ to a cluster of their own."""

from collections.abc import Sequence

from cluster import appimages, base, engine, manifests
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed
from cluster.sources import Source
from cluster.steps import Step


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


def steps(settings: Settings, source: Source, registry: str | None) -> list[Step]:
    """Return the steps that build the images, and push them when there is a registry to push to."""

    def wanted() -> dict[str, str]:
        return references(manifests.image_names(manifests.documents(settings.root / "dist")), registry)

    def build(shell: Shell) -> str:
        # The release tag does not change with the sources, so what has it may be old: docker's cache decides.
        return ", ".join(appimages.build(shell, settings, source, wanted(), anew=True))

    def push(shell: Shell) -> str:
        for reference in wanted().values():
            shell.run(["docker", "push", reference], advice=f"docker login {reference.partition('/')[0]}")
        return f"to {registry}; synthesize with --set images.registry={registry}"

    made = [
        Step("engine", "docker engine", lambda shell: engine.ensure(shell, settings)),
        Step(
            "base",
            f"base image ({source.kind}: {source.reason})",
            lambda sh: base.ensure(sh, settings, source),
        ),
        Step("build", "the images of dist/", build),
    ]
    return [*made, Step("push", "push", push)] if registry else made
