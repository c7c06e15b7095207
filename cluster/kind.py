"""The kind cluster: reused while healthy, made again when broken."""

import json
from collections.abc import Iterable
from pathlib import Path

from cluster import docker, engine, gobuild, health, kindconfig, nodeimage, tools, weight
from cluster.content import Stamp
from cluster.health import Verdict
from cluster.settings import PRESETS, Settings, for_preset
from cluster.shell import Shell, StepFailed
from cluster.sources import Source

READY_TIMEOUT_S = 180

# kubeadm places both replicas while the control plane is the only node.
SPREAD_DNS = {
    "spec": {
        "template": {
            "spec": {
                "topologySpreadConstraints": [
                    {
                        "maxSkew": 1,
                        "topologyKey": "kubernetes.io/hostname",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                        "matchLabelKeys": ["pod-template-hash"],
                    }
                ]
            }
        }
    }
}


def binary(shell: Shell, settings: Settings) -> Path:
    """Return a kind: the one on PATH if it is new enough, else our own.

    Raises:
        StepFailed: it had to be built and could not be.

    """
    return tools.kind_on_path(shell) or gobuild.ensure(shell, settings, gobuild.KIND)


def memory(settings: Settings) -> Stamp:
    """Return the record of a creation that ended: the nodes' addresses, as JSON."""
    return Stamp(settings.state / "cluster.json")


def known_addresses(settings: Settings) -> dict[str, str]:
    """Return the addresses the nodes had after creation, empty when none ended."""
    path = memory(settings).path
    return dict(json.loads(path.read_text())) if path.exists() else {}


def in_the_way(standing: Iterable[str], settings: Settings) -> Settings | None:
    """Return our other cluster among the kind clusters that stand: it holds the same port and all of the machine."""
    plain = Settings(root=settings.root, cache=settings.cache)
    ours = {other.name: other for other in (for_preset(plain, preset) for preset in PRESETS)}
    return next((ours[name] for name in standing if name in ours and name != settings.name), None)


def ensure_image(shell: Shell, settings: Settings, source: Source) -> str:
    """Make the node image local if a cluster has to be created from it.

    Raises:
        StepFailed: it could not be pulled or built, or another cluster of ours stands.

    """
    facts = health.look(shell, settings, known_addresses(settings))
    if health.judge(frozenset(settings.nodes), facts)[0] is Verdict.HEALTHY:
        return "not needed, a healthy cluster stands"
    label = "io.x-k8s.kind.cluster"
    listed = ["docker", "ps", "--filter", f"label={label}", "--format", f'{{{{.Label "{label}"}}}}']
    if other := in_the_way(shell.need(listed).split(), settings):
        raise StepFailed(
            f"cluster {other.name} stands and holds port {other.host_port}; there is room for one of them",
            f"{other.words('down')} (its data goes), then this again",
        )
    return nodeimage.ensure(shell, settings, source)


def ensure(shell: Shell, settings: Settings, source: Source) -> str:
    """Make the cluster healthy, creating it where there is none or a broken one.

    Raises:
        StepFailed: it could not be created.

    """
    outcome = _ensure(shell, settings, source)
    for file in weight.raise_weights():
        shell.note(
            f"raised {file}: the nodes come before other processes where the processors do not suffice"
        )
    return outcome


def _ensure(shell: Shell, settings: Settings, source: Source) -> str:
    kind = binary(shell, settings)
    verdict, reason = health.settle(shell, settings, known_addresses(settings))
    if verdict is Verdict.HEALTHY:
        made_of = shell.ask(["docker", "inspect", "--format", "{{.Config.Image}}", settings.nodes[0]])
        renewed = nodeimage.name(shell, settings, source)
        return f"reused, {reason}" + (
            ""
            if made_of == renewed
            else f"; its node image is an older one, {settings.words('down')} renews it"
        )
    memory(settings).clear()
    if verdict is Verdict.BROKEN:
        shell.say(f"removing the old cluster, because {reason}")
        delete(shell, settings, kind)
    nodeimage.ensure(shell, settings, source)
    _create(shell, settings, source, kind)
    return f"created, because {reason}" if verdict is Verdict.BROKEN else "created"


def delete(shell: Shell, settings: Settings, kind: Path) -> None:
    """Remove the cluster with its volumes, half-made ones too.

    Raises:
        StepFailed: docker did not remove a container.

    """
    memory(settings).clear()
    shell.run([kind, "delete", "cluster", "--name", settings.name, "--kubeconfig", settings.kubeconfig])


def _create(shell: Shell, settings: Settings, source: Source, kind: Path) -> None:
    running = docker.engine(shell)
    host = kindconfig.Host(
        cgroup_v1=running is not None and running.cgroup == "1",
        lacks_sys_resource=running is not None and running.runtime == engine.RUNTIME,
        built_node=source.kind == "build",
    )
    config = settings.state / "kind.yaml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(kindconfig.render(settings, host))
    image = nodeimage.name(shell, settings, source)
    files: list[str | Path] = ["--config", config, "--kubeconfig", settings.kubeconfig]
    shell.say(f"kind create cluster, {len(settings.nodes)} nodes")
    # --retain keeps the containers of a failure for a look at their logs; the next run removes them.
    shell.run(
        [kind, "create", "cluster", "--name", settings.name, "--image", image, *files, "--retain"],
        advice=f"docker logs {settings.nodes[0]}; or run this again, it starts over",
    )
    shell.run(
        [
            *settings.kubectl,
            "wait",
            "--for=condition=Ready",
            "nodes",
            "--all",
            f"--timeout={READY_TIMEOUT_S}s",
        ]
    )
    dns = ["--namespace=kube-system", "deployment/coredns"]
    if settings.workers:
        shell.say("spreading CoreDNS over the nodes")
        shell.run([*settings.kubectl, "patch", *dns, "--patch", json.dumps(SPREAD_DNS)])
    shell.run([*settings.kubectl, "rollout", "status", *dns, f"--timeout={READY_TIMEOUT_S}s"])
    addresses = {name: address for name, (_, address) in health.containers(shell, settings).items()}
    memory(settings).write(json.dumps(addresses))
