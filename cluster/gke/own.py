"""What this project does itself in a bring-up on GKE: images, manifests, and waiting until a todo is read back."""

import json
import shlex
import sys
import time

from cluster import appimages, deploy, docker, engine, manifests, publish
from cluster.base import ensure as ensure_base
from cluster.facts import at_least
from cluster.gke import errors, tool
from cluster.gke.plan import Wanted
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell, StepFailed
from cluster.sources import Source

OLDEST_KUBERNETES = "1.33.1"
"""For load balancer classes (docs.cloud.google.com, LoadBalancer Service parameters) and for dist/ (README)."""
POLL_S = 2.0
SHOW_EVERY_S = 15.0


def wanted(settings: GkeSettings, source: Source) -> Wanted:
    """Return the images, and the commands that the functions below come to."""
    references = publish.by_content(settings, source, settings.registry)
    publishing = ("images", "--images", source.kind, "--registry", settings.registry, "--tags", "content")
    sets = [word for one in sets_of(settings, source) for word in ("--set", one)]
    return Wanted(
        images=tuple(references.values()),
        publish=(sys.executable, "-m", "cluster", *publishing),
        synth=(
            sys.executable,
            "-m",
            "synth",
            "--preset",
            "gke",
            *sets,
            "--out",
            str(manifests.folder(settings)),
        ),
        apply=tuple(str(word) for word in deploy.command(settings)),
    )


def sets_of(settings: GkeSettings, source: Source) -> list[str]:
    """Return what the manifests are told beside the preset."""
    tags = {image: ref.rpartition(":")[2] for image, ref in _references(settings, source).items()}
    return [
        f"images.registry={settings.registry}",
        *(f"images.tag.{i}={tag}" for i, tag in sorted(tags.items())),
    ]


def _references(settings: GkeSettings, source: Source) -> dict[str, str]:
    return publish.by_content(settings, source, settings.registry)


def images(shell: Shell, settings: GkeSettings, source: Source) -> str:
    """Build and push. Raises StepFailed."""
    if docker.engine(shell) is None:
        engine.ensure(shell, settings)
    ensure_base(shell, settings, source)
    references = _references(settings, source)
    appimages.build(shell, settings, source, references)
    for reference in references.values():
        shell.say(f"docker push {reference}")
        said = tool.call(shell, ("docker", "push", reference), timeout_s=1800)
        if said.code != 0:
            raise StepFailed(*errors.explained("docker push", said.err or said.out, settings))
    return f"pushed to {settings.registry}"


def synth(shell: Shell, settings: GkeSettings, source: Source) -> str:
    """Write the manifests. Raises StepFailed."""
    return manifests.written(shell, settings, "gke", sets_of(settings, source))


def apply(shell: Shell, settings: GkeSettings) -> str:
    """Apply the manifests. Raises StepFailed."""
    return deploy.apply(shell, settings)


def reached(shell: Shell, settings: GkeSettings) -> str:
    """Ask the cluster for its version. Raises StepFailed when it is silent or too old."""
    answer = tool.ask(shell, (*settings.kubectl, "version", "--output=json"), settings)
    version = str(json.loads(answer)["serverVersion"]["gitVersion"])
    if not at_least(version, OLDEST_KUBERNETES):
        raise StepFailed(
            f"{settings.place} runs Kubernetes {version}; the manifests need {OLDEST_KUBERNETES} or newer",
            settings.again("down") + "; then up with --channel rapid",
        )
    return f"Kubernetes {version}, context {settings.context}"


def address(service: str) -> str | None:
    """Return the URL of a Service of type LoadBalancer from its JSON, None while it has no address."""
    found = json.loads(service)
    given = found.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
    host = given[0].get("ip") or given[0].get("hostname")
    port = found["spec"]["ports"][0]["port"]
    return f"http://{host}{'' if port == 80 else f':{port}'}" if host else None


def question(settings: GkeSettings) -> tuple[str, ...]:
    """Return the command whose answer has the load balancer's address."""
    return (*settings.kubectl, "get", "service", "todo", f"--namespace={settings.namespace}", "--output=json")


def balanced(shell: Shell, settings: GkeSettings) -> str:
    """Wait for the load balancer and return its URL. Raises StepFailed."""
    started = shown = time.monotonic()
    while True:
        if url := address(tool.ask(shell, question(settings), settings)):
            return url
        if time.monotonic() - started > settings.balancer_timeout_s:
            events = (*settings.kubectl, "describe", "service", "todo", f"--namespace={settings.namespace}")
            told = f"the load balancer has no address after {settings.balancer_timeout_s} s"
            raise StepFailed(told, shlex.join(events))
        if time.monotonic() - shown > SHOW_EVERY_S:
            shown = time.monotonic()
            shell.say(f"waiting for its address since {shown - started:.0f} s")
        time.sleep(POLL_S)


def answering(shell: Shell, settings: GkeSettings) -> str:
    """Wait until a todo is written and read back. Raises StepFailed."""
    return deploy.wait(shell, settings, balanced(shell, settings))
