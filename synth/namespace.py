"""The namespace everything else lives in, and the policy that guards it."""

from __future__ import annotations

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth.guard import add_guard
from synth.kube import labels
from synth.settings import Settings

__all__ = ["add_namespace"]


def add_namespace(chart: Chart, settings: Settings) -> None:
    """Add the Namespace and the guard of its number of nodes."""
    meta = k8s.ObjectMeta(name=settings.namespace, labels=labels("kube-flask"))
    k8s.KubeNamespace(chart, "namespace", metadata=meta)
    add_guard(chart, settings)
