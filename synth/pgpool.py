"""The connection pools: Deployment, headless Service and disruption budget."""

from __future__ import annotations

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth import config, kube
from synth.objects import add_budget, add_headless_service
from synth.settings import Settings

__all__ = ["SECRET_KEYS", "add_pgpool"]

NAME = "pgpool"
SECRET_KEYS = ("monitor-password", "todo-password", "pcp-password", "read-token")
GRACE_S = 30
"""pgpool stops fast, within seconds: its clients connect to the other pool. The rest is for a slow machine."""


def add_pgpool(chart: Chart, settings: Settings) -> None:
    """Add everything the pools consist of."""
    # All pools, also unready ones: both unready must not mean that the name is unknown. Clients take the
    # first address that answers, so a pool that ends needs no pause before it stops.
    add_headless_service(chart, settings, NAME, config.PORTS)
    # Pools hold no data: a broken one must never stand in the way of a drain.
    add_budget(chart, settings, NAME, "AlwaysAllow")
    k8s.KubeDeployment(chart, "pools", metadata=kube.metadata(settings, NAME), spec=_deployment(settings))


def _deployment(settings: Settings) -> k8s.DeploymentSpec:
    copy_hosts, hosts = kube.own_hosts(settings, settings.image(NAME), settings.pgpool.resources)
    return k8s.DeploymentSpec(
        replicas=settings.pgpool.replicas,
        min_ready_seconds=settings.pgpool.min_ready_s,
        selector=kube.selector(NAME),
        # One extra pool at a time, which max_connections counts; never one fewer than promised.
        strategy=kube.ONE_BY_ONE,
        template=k8s.PodTemplateSpec(
            metadata=kube.pod_metadata(NAME, config.data(settings)),
            spec=kube.pod_spec(
                settings,
                _container(settings),
                before=copy_hosts,
                volumes=[
                    hosts,
                    kube.config_volume(config.CONFIG_MAP),
                    kube.secret_volume(settings, SECRET_KEYS),
                    kube.empty_dir("run", "16Mi"),
                    kube.empty_dir("tmp", "64Mi"),
                    kube.empty_dir("shm", "64Mi", memory=True),
                ],
                affinity=kube.anti_affinity(settings, NAME, per_rollout=True),
                spread=kube.zone_spread(NAME),
                grace_s=GRACE_S,
            ),
        ),
    )


def _container(settings: Settings) -> k8s.Container:
    return k8s.Container(
        name=NAME,
        image=settings.image(NAME),
        image_pull_policy=settings.images.pull_policy,
        env=[kube.POD_NAME],
        ports=[k8s.ContainerPort(name=n, container_port=p) for n, p in config.PORTS.items()],
        resources=kube.container_resources(settings.pgpool.resources),
        security_context=kube.LOCKED_DOWN,
        volume_mounts=[
            kube.mount("config", kube.CONFIG_DIR, read_only=True),
            kube.mount("secrets", kube.SECRETS_DIR, read_only=True),
            kube.mount("run", "/run/pgpool"),
            kube.mount("tmp", "/tmp"),
            kube.mount("shm", "/dev/shm"),
            kube.hosts_mount(),
        ],
        **kube.agent_probes(),
    )
