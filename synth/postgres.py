"""The PostgreSQL nodes: StatefulSet, headless Service, disruption budget and the agents' configuration."""

from __future__ import annotations

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth import config, kube
from synth.guard import guarded
from synth.objects import add_budget, add_headless_service
from synth.settings import Settings

__all__ = ["SECRET_KEYS", "add_postgres"]

NAME = "postgres"
MIN_READY_S = 5
"""A rollout touches the next node only when the last one has streamed for so long."""
UNREADY_AFTER_S = 15
"""Longer than a handoff or failover: the standbys wait for their new primary in it, and a StatefulSet deletes at once
every old pod that is not ready when a rollout comes to it (seen on 1.37: all three within a second)."""
SECRET_KEYS = (
    "postgres-password",
    "repmgr-password",
    "monitor-password",
    "todo-password",
    "read-token",
    "peer-token",
)


def add_postgres(chart: Chart, settings: Settings) -> None:
    """Add everything the PostgreSQL nodes consist of."""
    config_meta = guarded(kube.metadata(settings, config.CONFIG_MAP, "kube-flask"), settings)
    k8s.KubeConfigMap(chart, "config", metadata=config_meta, data=config.data(settings))
    # Also the name of a node that is not ready: the others must be able to ask it for its vote.
    add_headless_service(chart, settings, NAME, config.PORTS)
    # A node that does not stream may be the one the quorum waits for: it goes only when two others are well.
    add_budget(chart, settings, NAME, "IfHealthyBudget")
    nodes_meta = guarded(kube.metadata(settings, NAME), settings)
    k8s.KubeStatefulSet(chart, "nodes", metadata=nodes_meta, spec=_stateful_set(settings))


def _stateful_set(settings: Settings) -> k8s.StatefulSetSpec:
    copy_hosts, hosts = kube.own_hosts(settings, settings.image(NAME), settings.postgres.resources)
    return k8s.StatefulSetSpec(
        service_name=NAME,
        replicas=settings.postgres.nodes,
        min_ready_seconds=MIN_READY_S,
        # All nodes at once: after a blackout no node may wait for another to be ready before it can vote.
        pod_management_policy="Parallel",
        selector=kube.selector(NAME),
        # Without a partition a pod that is replaced meanwhile comes back at the old revision, which a Parallel set
        # deletes at once, for ever (stateful_set_utils.go, newVersionedStatefulSetPod; seen on 1.37).
        update_strategy=k8s.StatefulSetUpdateStrategy(
            type="RollingUpdate", rolling_update=k8s.RollingUpdateStatefulSetStrategy(partition=0)
        ),
        persistent_volume_claim_retention_policy=k8s.StatefulSetPersistentVolumeClaimRetentionPolicy(
            when_deleted="Retain", when_scaled="Retain"
        ),
        volume_claim_templates=[_claim(settings)],
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
                    kube.empty_dir("tmp", "256Mi"),
                    # Parallel queries allocate here; the container runtime's own 64 MB is too small.
                    kube.empty_dir("shm", "256Mi", memory=True),
                ],
                affinity=kube.anti_affinity(settings, NAME),
                spread=kube.zone_spread(NAME, hard=settings.zones == "hard"),
                grace_s=settings.postgres.termination_grace_s,
            ),
        ),
    )


def _claim(settings: Settings) -> k8s.KubePersistentVolumeClaimProps:
    return k8s.KubePersistentVolumeClaimProps(
        metadata=k8s.ObjectMeta(name="data"),
        spec=k8s.PersistentVolumeClaimSpec(
            access_modes=["ReadWriteOnce"],
            storage_class_name=settings.storage.class_name or None,
            resources=k8s.VolumeResourceRequirements(
                requests={"storage": kube.quantity(settings.storage.size)}
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
        resources=kube.container_resources(settings.postgres.resources),
        security_context=kube.LOCKED_DOWN,
        volume_mounts=[
            kube.mount("data", "/var/lib/postgresql"),
            kube.mount("config", kube.CONFIG_DIR, read_only=True),
            kube.mount("secrets", kube.SECRETS_DIR, read_only=True),
            kube.mount("run", "/run/postgresql"),
            kube.mount("tmp", "/tmp"),
            kube.mount("shm", "/dev/shm"),
            kube.hosts_mount(),
        ],
        **kube.agent_probes(unready_after_s=UNREADY_AFTER_S),
    )
