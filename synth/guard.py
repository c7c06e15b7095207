"""A live cluster keeps its number of PostgreSQL nodes: the API server itself refuses the change.

N and k are in every vote. Until the agents can change them together, one `kubectl apply` with another
number would give some nodes the old quorum and some the new one.
"""

from __future__ import annotations

from cdk8s import Chart
from cdk8s_plus_33 import k8s

from synth.kube import labels
from synth.settings import Settings

__all__ = ["NODES_LABEL", "add_guard", "guarded"]

NODES_LABEL = "kube-flask/nodes"
"""On every object that would carry another number of nodes into a running cluster."""
HAD = f"has(oldObject.metadata.labels) && '{NODES_LABEL}' in oldObject.metadata.labels"
"""An object that gets the label only now has no number to keep."""
SAME = (
    f"has(object.metadata.labels) && '{NODES_LABEL}' in object.metadata.labels && "
    f"object.metadata.labels['{NODES_LABEL}'] == oldObject.metadata.labels['{NODES_LABEL}']"
)
SENTENCE = (
    "'the number of PostgreSQL nodes of a running cluster cannot be changed yet: it is ' + "
    f"oldObject.metadata.labels['{NODES_LABEL}'] + '; set postgres.nodes back to that'"
)


def guarded(metadata: k8s.ObjectMeta, settings: Settings) -> k8s.ObjectMeta:
    """The same metadata with the number of nodes as a label."""
    both = {**(metadata.labels or {}), NODES_LABEL: str(settings.postgres.nodes)}
    return k8s.ObjectMeta(name=metadata.name, namespace=metadata.namespace, labels=both)


def add_guard(chart: Chart, settings: Settings) -> None:
    """Add the policy and bind it to our namespace; both are cluster-wide objects, hence the name."""
    meta = k8s.ObjectMeta(name=f"{settings.namespace}-postgres-nodes", labels=labels("kube-flask"))
    here = k8s.LabelSelector(match_labels={"kubernetes.io/metadata.name": settings.namespace})
    labelled = k8s.LabelSelectorRequirement(key=NODES_LABEL, operator="Exists")
    k8s.KubeValidatingAdmissionPolicy(
        chart,
        "policy",
        metadata=meta,
        spec=k8s.ValidatingAdmissionPolicySpec(
            failure_policy="Fail",
            match_constraints=k8s.MatchResources(
                object_selector=k8s.LabelSelector(match_expressions=[labelled]),
                resource_rules=[_updates("apps", "statefulsets"), _updates("", "configmaps")],
            ),
            validations=[k8s.Validation(expression=f"!({HAD}) || ({SAME})", message_expression=SENTENCE)],
        ),
    )
    k8s.KubeValidatingAdmissionPolicyBinding(
        chart,
        "binding",
        metadata=meta,
        spec=k8s.ValidatingAdmissionPolicyBindingSpec(
            policy_name=f"{settings.namespace}-postgres-nodes",
            validation_actions=["Deny"],
            match_resources=k8s.MatchResources(namespace_selector=here),
        ),
    )


def _updates(group: str, resource: str) -> k8s.NamedRuleWithOperations:
    return k8s.NamedRuleWithOperations(
        api_groups=[group], api_versions=["v1"], resources=[resource], operations=["UPDATE"]
    )
