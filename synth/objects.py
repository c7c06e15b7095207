"""Whole objects that several components have: disruption budget, headless Service, Job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth.kube import labels, metadata, named, number, pod_metadata, selector
from synth.settings import Settings

__all__ = ["add_budget", "add_headless_service", "add_job"]


def add_budget(chart: Chart, settings: Settings, component: str, unhealthy: str) -> None:
    """Add a PodDisruptionBudget: at most one pod of the component is evicted at a time.

    `unhealthy` says whether a pod that is not ready may always go (AlwaysAllow) or only within the
    budget (IfHealthyBudget).
    """
    spec = k8s.PodDisruptionBudgetSpec(
        max_unavailable=number(1), selector=selector(component), unhealthy_pod_eviction_policy=unhealthy
    )
    k8s.KubePodDisruptionBudget(chart, "budget", metadata=metadata(settings, component), spec=spec)


def add_headless_service(chart: Chart, settings: Settings, component: str, ports: Mapping[str, int]) -> None:
    """Add a Service that is only names; a pod that is not ready keeps its own."""
    spec = k8s.ServiceSpec(
        cluster_ip="None",
        publish_not_ready_addresses=True,
        selector=labels(component),
        ports=[k8s.ServicePort(name=n, port=p, target_port=named(n)) for n, p in ports.items()],
    )
    k8s.KubeService(chart, "service", metadata=metadata(settings, component), spec=spec)


def add_job(
    chart: Chart,
    settings: Settings,
    name: str,
    pod: k8s.PodSpec,
    *,
    restarts: int,
    config: Mapping[str, str] | None = None,
) -> None:
    """Add a Job named after its own template.

    A template cannot be changed in place: a changed one gets a new name, an equal one is found finished
    and nothing happens. So finished Jobs are not cleaned up after a time: the next apply would run them again.
    """
    template = k8s.PodTemplateSpec(metadata=pod_metadata(name, config), spec=pod)
    spec = k8s.JobSpec(backoff_limit=restarts, template=template)
    digest = hashlib.sha256(json.dumps(k8s.KubeJob.manifest(spec=spec), sort_keys=True).encode()).hexdigest()
    k8s.KubeJob(chart, "job", metadata=metadata(settings, f"{name}-{digest[:10]}", name), spec=spec)
