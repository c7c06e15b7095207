"""The image of a kind node: pulled, or built from Debian packages and Go modules."""

import os
import shutil
from pathlib import Path

from cluster import base, docker, gobuild, versions
from cluster.content import content_key
from cluster.settings import Settings
from cluster.shell import Shell
from cluster.sources import Source

REGISTRY = "registry.k8s.io"
SYSTEM_COMMANDS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
MACHINE_COMMANDS = ("kubeadm", "kubelet", "kubectl")


def system_images() -> dict[str, str]:
    """Return the images kubeadm and the node's manifests name, each with the Dockerfile target it is."""
    kube = {f"{REGISTRY}/{name}:v{versions.KUBERNETES}": "system" for name in SYSTEM_COMMANDS}
    return kube | {
        f"{REGISTRY}/etcd:{versions.ETCD_TAG}": "system",
        f"{REGISTRY}/podnet:local": "system",
        f"{REGISTRY}/local-path-provisioner:local": "system",
        f"{REGISTRY}/pause:{versions.PAUSE_TAG}": "pause",
        f"{REGISTRY}/coredns/coredns:{versions.COREDNS_TAG}": "coredns",
    }


def name(shell: Shell, settings: Settings, source: Source) -> str:
    """Return the node image's reference; a built one is named by the content of all that went into it."""
    if source.kind == "pull":
        return versions.NODE_PULLED
    programs = [gobuild.key_of(p, settings.root) for p in gobuild.NODE_PROGRAMS]
    base_id = docker.image_id(shell, base.name(source)) or ""
    key = content_key([settings.root / "cluster" / "node"], *programs, base_id, root=settings.root)
    return f"kube-flask/node:v{versions.KUBERNETES}-{key}"


def ensure(shell: Shell, settings: Settings, source: Source) -> str:
    """Make the node image local.

    Raises:
        StepFailed: it could not be pulled or built.

    """
    image = name(shell, settings, source)
    if docker.image_id(shell, image):
        return f"{image.partition('@')[0]} is here"
    if source.kind == "pull":
        shell.run(["docker", "pull", image], advice="make up IMAGES=build")
        return f"pulled {image}"
    for program in gobuild.NODE_PROGRAMS:
        gobuild.ensure(shell, settings, program)
    shell.say("docker build of the node")
    _build(shell, settings, image, base.name(source))
    return f"built {image}"


def _build(shell: Shell, settings: Settings, image: str, base_image: str) -> None:
    context = settings.cache / "node-context"
    _fill(context, settings)
    args = {"BASE": base_image, "VERSION": f"v{versions.KUBERNETES}"}
    for target in ("system", "pause", "coredns"):
        docker.build(shell, context, f"kube-flask/node-{target}", target=target, args=args)
    images = system_images()
    for reference, target in images.items():
        shell.run(["docker", "tag", f"kube-flask/node-{target}", reference])
    shell.run(["docker", "save", "--output", context / "system.tar", *images])
    shell.run(["docker", "image", "rm", *images])
    docker.build(shell, context, image, target="node", args=args)
    shutil.rmtree(context)
    # The stage that only carried the images' archive is 1.5 GB that nothing uses again.
    shell.run(["docker", "image", "prune", "--force", "--filter", "label=kube-flask.stage=seed"])


def _fill(context: Path, settings: Settings) -> None:
    """Lay out what the node's Dockerfile copies; binaries are linked, not copied."""
    if context.exists():
        shutil.rmtree(context)
    shutil.copytree(settings.root / "cluster" / "node", context)
    binaries = settings.cache / "bin"
    for folder, commands in (("bin", SYSTEM_COMMANDS), ("machine", MACHINE_COMMANDS)):
        (context / folder).mkdir()
        os.link(binaries / "kubernetes", context / folder / "kubernetes")
        for command in commands:
            (context / folder / command).symlink_to("kubernetes")
    for program in gobuild.NODE_PROGRAMS[1:]:
        os.link(binaries / program.binary, context / "bin" / program.binary)
