"""The steps of a bring-up, in order."""

from cluster import appimages, base, deploy, engine, kind, manifests, tools
from cluster.settings import Settings
from cluster.sources import Source
from cluster.steps import Step


def steps(settings: Settings, source: Source) -> list[Step]:
    """Return the steps from a bare machine to a todo that is read back; all after `node` know nothing of the source."""
    return [
        Step("tools", "tools", lambda sh: tools.ensure(sh, settings, building=source.kind == "build")),
        Step("engine", "docker engine", lambda sh: engine.ensure(sh, settings)),
        Step(
            "base",
            f"base image ({source.kind}: {source.reason})",
            lambda sh: base.ensure(sh, settings, source),
        ),
        Step("node", "node image", lambda sh: kind.ensure_image(sh, settings, source)),
        Step("cluster", "kind cluster", lambda sh: kind.ensure(sh, settings, source)),
        Step("images", "our images", lambda sh: appimages.ensure(sh, settings, source)),
        Step(
            "synth",
            "manifests",
            lambda sh: manifests.ensure(sh, settings, appimages.loaded_tags(settings)),
        ),
        Step("apply", "kubectl apply", lambda sh: deploy.apply(sh, settings)),
        Step("todo", "the application", lambda sh: deploy.wait(sh, settings)),
    ]
