"""Failures by script: which command fails, how often, in which words, and what it leaves behind.

The words are those of the real tool, from gcloud 578.0.0 itself (login, arguments) and from public reports:
quota googlecodelabs/feedback#950, stockout kubeflow/pipelines#673 and tranquilitybase-io/tb-gcp#589, permission
kubernetes/kubernetes#34395, billing kyegomez/zeta#71, push GoogleCloudPlatform/cymbal-superstore#4.
"""

from collections.abc import Sequence
from typing import Any

CREATE = "container clusters create"
FAILURES: dict[str, dict[str, Any]] = {
    "quota": {
        "when": CREATE,
        "says": "ERROR: (gcloud.container.clusters.create) ResponseError: code=403, message=Insufficient regional quota"
        " to satisfy request: resource \"CPUS\": request requires '16.0' and is short '8.0'. project has a quota of"
        " '8.0' with '8.0' available. View and manage quotas at https://console.cloud.google.com/iam-admin/quotas.",
    },
    "permission": {
        "when": CREATE,
        "says": "ERROR: (gcloud.container.clusters.create) ResponseError: code=403, message=Required"
        ' "container.clusters.create" permission(s) for "projects/my-shop-1234".',
    },
    "exhausted": {
        "when": CREATE,
        "leaves": "ERROR",
        "says": "ERROR: (gcloud.container.clusters.create) Operation [<Operation\n clusterConditions: ["
        "<StatusCondition\n code: CodeValueValuesEnum(GCE_STOCKOUT, 1)\n message: 'Try a different location, or try"
        " again later: Google"
        " Compute Engine does not have enough resources available to fulfill request: us-central1-a.'>]\n"
        " status: StatusValueValuesEnum(DONE, 3)>] finished with error: Try a different location, or try again later:"
        " Google Compute Engine does not have enough resources available to fulfill request: us-central1-a.",
    },
    "still-running": {
        "when": CREATE,
        "leaves": "PROVISIONING",
        "says": "ERROR: (gcloud.container.clusters.create) Operation [operation-1] is still running",
    },
    "half-made": {
        "when": CREATE,
        "leaves": "ERROR",
        "says": "ERROR: (gcloud.container.clusters.create) Operation [operation-1] finished with error: All cluster"
        " resources were brought up, but: only 1 nodes out of 4 have registered; cluster may be unhealthy.",
    },
    "account-not-known": {
        "when": "projects add-iam-policy-binding",
        "says": "ERROR: (gcloud.projects.add-iam-policy-binding) INVALID_ARGUMENT: Service account"
        " kube-flask-nodes@my-shop-1234.iam.gserviceaccount.com does not exist.",
    },
    "push": {
        "when": "docker push",
        "says": 'denied: Permission "artifactregistry.repositories.uploadArtifacts" denied on resource'
        ' "projects/my-shop-1234/locations/us-central1/repositories/kube-flask" (or it may not exist)',
    },
    "network": {
        "when": "kubectl",
        "says": "Unable to connect to the server: dial tcp 203.0.113.7:443: i/o timeout",
    },
    "hang": {"when": CREATE, "leaves": "PROVISIONING", "hangs_s": 600.0, "says": ""},
}


def next_failure(command: str, scripted: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Take the next failure of a command from the script; `times` says how often it comes, by default once."""
    for index, failure in enumerate(scripted):
        if command.startswith(failure["when"]):
            failure["times"] = failure.get("times", 1) - 1
            return scripted.pop(index) if failure["times"] <= 0 else failure
    return None


def script(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the script of some failures by name, each once."""
    return [dict(FAILURES[name]) for name in names]
