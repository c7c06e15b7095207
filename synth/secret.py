"""The Job that generates all passwords once, inside the cluster, so that none is ever in a file of ours."""

from __future__ import annotations

from pathlib import Path

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth import kube, pgpool, postgres, todo
from synth.objects import add_job
from synth.settings import Resources, Settings

__all__ = ["KEYS", "add_secret"]

NAME = "create-secret"
SCRIPT = Path(__file__).parent / "files" / "create_secret.py"
KEYS = tuple(sorted({*postgres.SECRET_KEYS, *pgpool.SECRET_KEYS, *todo.SECRET_KEYS}))
"""Every key that some pod mounts."""
RESOURCES = Resources(cpu="50m", memory="64Mi", memory_limit="128Mi")
RESTARTS = 10


def add_secret(chart: Chart, settings: Settings) -> None:
    """Add the Job, its script, and the right to read and create the one Secret."""
    script = {SCRIPT.name: SCRIPT.read_text()}
    meta = kube.metadata(settings, NAME)
    k8s.KubeServiceAccount(chart, "account", metadata=meta)
    k8s.KubeRole(chart, "role", metadata=meta, rules=_rules(settings))
    k8s.KubeRoleBinding(
        chart,
        "binding",
        metadata=meta,
        role_ref=k8s.RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name=NAME),
        subjects=[k8s.Subject(kind="ServiceAccount", name=NAME, namespace=settings.namespace)],
    )
    k8s.KubeConfigMap(chart, "script", metadata=meta, data=script)
    volumes = [kube.config_volume(NAME), kube.empty_dir("tmp", "16Mi")]
    pod = kube.pod_spec(
        settings, _container(settings), volumes=volumes, restart_policy="OnFailure", service_account=NAME
    )
    add_job(chart, settings, NAME, pod, restarts=RESTARTS, config=script)


def _rules(settings: Settings) -> list[k8s.PolicyRule]:
    """`create` cannot be limited to a name (the API server does not know it yet), `get` is."""
    return [
        k8s.PolicyRule(api_groups=[""], resources=["secrets"], verbs=["create"]),
        k8s.PolicyRule(
            api_groups=[""], resources=["secrets"], resource_names=[settings.secret], verbs=["get"]
        ),
    ]


def _container(settings: Settings) -> k8s.Container:
    where = ["--namespace", settings.namespace, "--secret", settings.secret]
    return k8s.Container(
        name=NAME,
        image=settings.image("todo"),
        image_pull_policy=settings.images.pull_policy,
        command=["python3", f"{kube.CONFIG_DIR}/{SCRIPT.name}", *where, *KEYS],
        resources=kube.container_resources(RESOURCES),
        security_context=kube.LOCKED_DOWN,
        volume_mounts=[kube.mount("config", kube.CONFIG_DIR, read_only=True), kube.mount("tmp", "/tmp")],
    )
