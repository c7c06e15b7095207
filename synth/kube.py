"""Small helpers over the L1 structs: what several charts would otherwise repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cdk8s_plus_33 import k8s

from synth.settings import Resources, Settings

UID = 999
"""User and group of every container: `postgres` in the images, never root."""
CONFIG_DIR = "/etc/kube-flask/config"
SECRETS_DIR = "/etc/kube-flask/secrets"
HOSTS = "/etc/hosts"
HOSTS_DIR = "/hosts"

LOCKED_DOWN = k8s.SecurityContext(
    allow_privilege_escalation=False,
    capabilities=k8s.Capabilities(drop=["ALL"]),
    privileged=False,
    read_only_root_filesystem=True,
    run_as_group=UID,
    run_as_non_root=True,
    run_as_user=UID,
    seccomp_profile=k8s.SeccompProfile(type="RuntimeDefault"),
)
POD_LOCKED_DOWN = k8s.PodSecurityContext(
    fs_group=UID,
    # A volume that already has our group is not walked file by file: a big PGDATA would delay every start.
    fs_group_change_policy="OnRootMismatch",
    run_as_group=UID,
    run_as_non_root=True,
    run_as_user=UID,
    seccomp_profile=k8s.SeccompProfile(type="RuntimeDefault"),
)
POD_NAME = k8s.EnvVar(
    name="POD_NAME",
    value_from=k8s.EnvVarSource(field_ref=k8s.ObjectFieldSelector(field_path="metadata.name")),
)
# The replacement is ready before the old pod goes: a rollout never serves with fewer than promised.
ONE_BY_ONE = k8s.DeploymentStrategy(
    type="RollingUpdate",
    rolling_update=k8s.RollingUpdateDeployment(
        max_surge=k8s.IntOrString.from_number(1), max_unavailable=k8s.IntOrString.from_number(0)
    ),
)
# Names in here are complete, so one question is enough; a dead DNS server costs 1 s and not 5.
DNS = k8s.PodDnsConfig(
    options=[
        k8s.PodDnsConfigOption(name="ndots", value="1"),
        k8s.PodDnsConfigOption(name="timeout", value="1"),
        k8s.PodDnsConfigOption(name="attempts", value="3"),
    ]
)


def labels(component: str) -> dict[str, str]:
    """Labels of an object and of the pods it makes."""
    return {"app.kubernetes.io/name": component, "app.kubernetes.io/part-of": "kube-flask"}


def selector(component: str) -> k8s.LabelSelector:
    """Selector of the pods of a component."""
    return k8s.LabelSelector(match_labels=labels(component))


def metadata(settings: Settings, name: str, component: str | None = None) -> k8s.ObjectMeta:
    """Name, namespace and labels of an object; the component is the name unless given."""
    return k8s.ObjectMeta(name=name, namespace=settings.namespace, labels=labels(component or name))


def pod_metadata(component: str, config: Mapping[str, str] | None = None) -> k8s.ObjectMeta:
    """Labels of a pod, and the digest of the ConfigMap it reads."""
    annotations = {"checksum/config": checksum(config)} if config else None
    return k8s.ObjectMeta(labels=labels(component), annotations=annotations)


def checksum(data: Mapping[str, str]) -> str:
    """Digest of a ConfigMap's data: as an annotation of the pod template it rolls the pods on a change."""
    text = "\0".join(f"{key}\0{value}" for key, value in sorted(data.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def number(value: int) -> k8s.IntOrString:
    """An integer where Kubernetes also takes a name or a percentage."""
    return k8s.IntOrString.from_number(value)


def quantity(text: str) -> k8s.Quantity:
    """A Kubernetes quantity."""
    return k8s.Quantity.from_string(text)


def container_resources(given: Resources) -> k8s.ResourceRequirements:
    """Requests and limits; the CPU has a limit only where the settings ask for one."""
    limits = {"memory": quantity(given.memory_limit)}
    if given.cpu_limit:
        limits["cpu"] = quantity(given.cpu_limit)
    return k8s.ResourceRequirements(
        requests={"cpu": quantity(given.cpu), "memory": quantity(given.memory)}, limits=limits
    )


def named(port: str) -> k8s.IntOrString:
    """A port of the pods by its name."""
    return k8s.IntOrString.from_string(port)


def http_probe(port: str, path: str, *, period_s: int, timeout_s: int, failures: int) -> k8s.Probe:
    """A probe of a named port; it acts after `failures` periods without a 2xx answer within `timeout_s`."""
    return k8s.Probe(
        http_get=k8s.HttpGetAction(path=path, port=named(port)),
        period_seconds=period_s,
        timeout_seconds=timeout_s,
        failure_threshold=failures,
    )


def agent_probes(*, unready_after_s: int = 2) -> dict[str, Any]:
    """Probes of a node agent or pool agent, as arguments of a Container.

    startup: the agent, not the database, must answer within 60 s. readiness: out after `unready_after_s`, in after 1.
    liveness: the agent's own heartbeat, never PostgreSQL's; a paused pod is killed after 30 s (6 x 5).
    """
    return {
        "startup_probe": http_probe("agent", "/livez", period_s=1, timeout_s=2, failures=60),
        "readiness_probe": http_probe("agent", "/readyz", period_s=1, timeout_s=2, failures=unready_after_s),
        "liveness_probe": http_probe("agent", "/livez", period_s=5, timeout_s=5, failures=6),
    }


def mount(volume: str, path: str, *, read_only: bool = False) -> k8s.VolumeMount:
    """A volume at a path."""
    return k8s.VolumeMount(name=volume, mount_path=path, read_only=read_only or None)


def empty_dir(name: str, size: str, *, memory: bool = False) -> k8s.Volume:
    """A writable place under a read-only root, bounded so that it cannot fill the node."""
    source = k8s.EmptyDirVolumeSource(medium="Memory" if memory else None, size_limit=quantity(size))
    return k8s.Volume(name=name, empty_dir=source)


def own_hosts(settings: Settings, image: str, resources: Resources) -> tuple[k8s.Container, k8s.Volume]:
    """An init container that fills a volume with the kubelet's /etc/hosts, so that it is the agent's to write.

    The kubelet leaves /etc/hosts alone where a container mounts something there (kubelet_pods.go, makeMounts), and
    its own is root's. Why the agent writes it: ha/hosts.py.
    """
    copy = k8s.Container(
        name="hosts",
        image=image,
        image_pull_policy=settings.images.pull_policy,
        command=["cp", HOSTS, f"{HOSTS_DIR}/hosts"],
        resources=container_resources(resources),
        security_context=LOCKED_DOWN,
        volume_mounts=[mount("hosts", HOSTS_DIR)],
    )
    return copy, empty_dir("hosts", "1Mi")


def hosts_mount() -> k8s.VolumeMount:
    """That file, where everybody looks for it."""
    return k8s.VolumeMount(name="hosts", mount_path=HOSTS, sub_path="hosts")


def config_volume(config_map: str) -> k8s.Volume:
    """The files of a ConfigMap."""
    source = k8s.ConfigMapVolumeSource(name=config_map, default_mode=0o444)
    return k8s.Volume(name="config", config_map=source)


def secret_volume(settings: Settings, keys: Sequence[str]) -> k8s.Volume:
    """The files of the Secret that this pod needs and no others; readable by the group, as fsGroup owns them."""
    items = [k8s.KeyToPath(key=key, path=key) for key in keys]
    source = k8s.SecretVolumeSource(secret_name=settings.secret, items=items, default_mode=0o440)
    return k8s.Volume(name="secrets", secret=source)


def anti_affinity(settings: Settings, component: str, *, per_rollout: bool = False) -> k8s.Affinity:
    """Keep the pods of a component on different hosts, as strictly as the settings say.

    `per_rollout` lets a Deployment's new pods sit beside its old ones: a surge needs no spare host.
    """
    term = k8s.PodAffinityTerm(
        label_selector=selector(component),
        topology_key="kubernetes.io/hostname",
        match_label_keys=["pod-template-hash"] if per_rollout else None,
    )
    if settings.anti_affinity == "hard":
        rule = k8s.PodAntiAffinity(required_during_scheduling_ignored_during_execution=[term])
    else:
        weighted = k8s.WeightedPodAffinityTerm(weight=100, pod_affinity_term=term)
        rule = k8s.PodAntiAffinity(preferred_during_scheduling_ignored_during_execution=[weighted])
    return k8s.Affinity(pod_anti_affinity=rule)


def zone_spread(component: str, *, hard: bool = False) -> list[k8s.TopologySpreadConstraint]:
    """Spread over zones where there are zones; never a reason not to run unless `hard`."""
    return [
        k8s.TopologySpreadConstraint(
            max_skew=1,
            topology_key="topology.kubernetes.io/zone",
            when_unsatisfiable="DoNotSchedule" if hard else "ScheduleAnyway",
            label_selector=selector(component),
        )
    ]


def pod_spec(
    settings: Settings,
    container: k8s.Container,
    *,
    volumes: Sequence[k8s.Volume],
    affinity: k8s.Affinity | None = None,
    spread: Sequence[k8s.TopologySpreadConstraint] | None = None,
    grace_s: int | None = None,
    restart_policy: str | None = None,
    service_account: str | None = None,
    before: k8s.Container | None = None,
) -> k8s.PodSpec:
    """A pod of one locked-down container, and perhaps one that runs before it.

    Only a pod with a service account of its own gets a token. Service links are off: a Service named
    `postgres` would put POSTGRES_PORT=tcp://... into every environment.
    """
    pull = settings.images.pull_secret
    return k8s.PodSpec(
        init_containers=[before] if before else None,
        containers=[container],
        volumes=list(volumes),
        affinity=affinity,
        topology_spread_constraints=list(spread) if spread else None,
        automount_service_account_token=service_account is not None,
        service_account_name=service_account,
        enable_service_links=False,
        dns_config=DNS,
        image_pull_secrets=[k8s.LocalObjectReference(name=pull)] if pull else None,
        restart_policy=restart_policy,
        security_context=POD_LOCKED_DOWN,
        termination_grace_period_seconds=grace_s,
    )
