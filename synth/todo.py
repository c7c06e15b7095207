"""The application: Deployment, Service, disruption budget, and the Job that migrates its database."""

from __future__ import annotations

from typing import Any

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth import config, kube
from synth.objects import add_budget, add_job
from synth.settings import Settings

__all__ = ["MIGRATION", "SECRET_KEYS", "add_migration", "add_todo"]

NAME = "todo"
MIGRATION = "migrate"
SECRET_KEYS = ("todo-password",)
PORT = 8000
DRAIN_S = 3
"""Seconds after SIGTERM in which requests are still taken: kube-proxies must hear that the pod goes."""
GRACEFUL_S = 30
"""Seconds a request that waits out a failover may still run after that; then it is cut."""
MIN_READY_S = 5
"""A rollout ends an old pod only when its successor has stayed ready for so long."""
MIGRATION_RESTARTS = 60
"""Each run waits 5 minutes for the database by itself, so the Job gives up after about 10 hours."""


def add_todo(chart: Chart, settings: Settings) -> None:
    """Add the application."""
    k8s.KubeService(chart, "service", metadata=kube.metadata(settings, NAME), spec=_service(settings))
    add_budget(chart, settings, NAME, "AlwaysAllow")
    k8s.KubeDeployment(chart, "app", metadata=kube.metadata(settings, NAME), spec=_deployment(settings))


def add_migration(chart: Chart, settings: Settings) -> None:
    """Add the Job that brings the database schema up to date; running it again is safe."""
    container = k8s.Container(
        name=MIGRATION, command=["python3", "-m", "app", "migrate"], env=_env(settings), **_common(settings)
    )
    pod = kube.pod_spec(settings, container, volumes=_volumes(settings), restart_policy="OnFailure")
    add_job(chart, settings, MIGRATION, pod, restarts=MIGRATION_RESTARTS)


def _service(settings: Settings) -> k8s.ServiceSpec:
    node_port = settings.todo.node_port if settings.todo.service_type != "ClusterIP" else 0
    port = k8s.ServicePort(name="http", port=80, target_port=kube.named("http"), node_port=node_port or None)
    outside = settings.todo.service_type != "ClusterIP" and settings.todo.external_traffic == "Local"
    return k8s.ServiceSpec(
        type=settings.todo.service_type,
        load_balancer_class=settings.todo.load_balancer_class or None,
        external_traffic_policy="Local" if outside else None,
        selector=kube.labels(NAME),
        ports=[port],
    )


def _deployment(settings: Settings) -> k8s.DeploymentSpec:
    pod = kube.pod_spec(
        settings,
        _server(settings),
        volumes=_volumes(settings),
        affinity=kube.anti_affinity(settings, NAME, per_rollout=True),
        spread=kube.zone_spread(NAME),
        grace_s=DRAIN_S + GRACEFUL_S + 10,
    )
    return k8s.DeploymentSpec(
        replicas=settings.todo.replicas,
        min_ready_seconds=MIN_READY_S,
        selector=kube.selector(NAME),
        strategy=kube.ONE_BY_ONE,
        template=k8s.PodTemplateSpec(metadata=kube.pod_metadata(NAME), spec=pod),
    )


def _server(settings: Settings) -> k8s.Container:
    """gunicorn. /readyz asks the database and takes the pod out after 4-6 s, /healthz restarts it after 30 s."""
    todo = settings.todo
    sizes = {
        "TODO_WORKERS": todo.workers,
        "TODO_POOL_SIZE": todo.pool_size,
        "TODO_DRAIN_S": DRAIN_S,
        "TODO_GRACEFUL_S": GRACEFUL_S,
    }
    return k8s.Container(
        name=NAME,
        env=_env(settings) + [k8s.EnvVar(name=name, value=str(value)) for name, value in sizes.items()],
        ports=[k8s.ContainerPort(name="http", container_port=PORT)],
        startup_probe=kube.http_probe("http", "/healthz", period_s=1, timeout_s=2, failures=60),
        # Readiness asks the database. It must outlast a failover: with every pod taken out of the Service, clients
        # would be refused where a 503 with Retry-After tells them what is going on.
        readiness_probe=kube.http_probe("http", "/readyz", period_s=2, timeout_s=5, failures=15),
        liveness_probe=kube.http_probe("http", "/healthz", period_s=5, timeout_s=5, failures=6),
        **_common(settings),
    )


def _env(settings: Settings) -> list[k8s.EnvVar]:
    dsn = f"postgresql+psycopg2://todo@{settings.host('pgpool')}:{config.PORT}/todo?sslmode=disable"
    return [
        k8s.EnvVar(name="TODO_DSN", value=dsn),
        k8s.EnvVar(name="TODO_PASSWORD_FILE", value=f"{kube.SECRETS_DIR}/{SECRET_KEYS[0]}"),
    ]


def _volumes(settings: Settings) -> list[k8s.Volume]:
    return [kube.secret_volume(settings, SECRET_KEYS), kube.empty_dir("tmp", "64Mi")]


def _common(settings: Settings) -> dict[str, Any]:
    """What the server's and the migration's containers share, as arguments of a Container."""
    return {
        "image": settings.image("todo"),
        "image_pull_policy": settings.images.pull_policy,
        "resources": kube.container_resources(settings.todo.resources),
        "security_context": kube.LOCKED_DOWN,
        "volume_mounts": [
            kube.mount("secrets", kube.SECRETS_DIR, read_only=True),
            kube.mount("tmp", "/tmp"),
        ],
    }
