"""The steps of a bring-up, in order."""

from cluster import base, engine, kind, nodeimage, sources, tools
from cluster.settings import Settings
from cluster.steps import Step


def steps(settings: Settings) -> list[Step]:
    """Return the steps from a bare machine to a todo that is read back."""
    source = sources.choose(settings)
    return [
        Step("tools", "tools", lambda sh: tools.ensure(sh, settings, building=source.kind == "build")),
        Step("engine", "docker engine", lambda sh: engine.ensure(sh, settings)),
        Step("base", f"base image ({source.kind}: {source.reason})", lambda sh: base.ensure(sh, settings, source)),
        Step("node", "node image", lambda sh: nodeimage.ensure(sh, settings, source)),
        Step("cluster", "kind cluster", lambda sh: kind.ensure(sh, settings, source)),
    ]
