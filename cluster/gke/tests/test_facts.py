import json
from collections.abc import Callable
from typing import Any

import pytest

from cluster.gke import facts
from cluster.gke.facts import Cluster, Disk, Owned
from cluster.gke.settings import LABEL
from cluster.gke.tests.examples import SETTINGS

OURS = {LABEL: "kube-flask"}
CLUSTER: dict[str, Any] = {
    "name": "kube-flask",
    "location": "us-central1",
    "status": "RUNNING",
    "resourceLabels": OURS,
    "currentNodeCount": 4,
    "locations": ["us-central1-a", "us-central1-b"],
    "nodeConfig": {"machineType": "e2-standard-4"},
    "currentMasterVersion": "1.35.3-gke.1",
}
VOLUME = {
    "metadata": {"name": "pv-0"},
    "spec": {
        "capacity": {"storage": "20Gi"},
        "csi": {"driver": facts.DRIVER, "volumeHandle": "projects/p/zones/us-central1-a/disks/d-0"},
        "claimRef": {"namespace": "kube-flask"},
        "persistentVolumeReclaimPolicy": "Delete",
    },
}


def volume(**spec: Any) -> dict[str, Any]:
    return VOLUME | {"spec": {**VOLUME["spec"], **spec}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("parse", "answer", "expected"),
    [
        (facts.repository, [], None),
        (facts.repository, [{"name": "projects/p/locations/r/repositories/other"}], None),
        (
            facts.repository,
            [{"name": "projects/p/locations/r/repositories/kube-flask", "labels": OURS}],
            Owned("kube-flask", ours=True),
        ),
        (
            facts.repository,
            [{"name": "projects/p/locations/r/repositories/kube-flask"}],
            Owned("kube-flask", ours=False),
        ),
        (facts.node_account, [{"email": "other@x"}], None),
        (
            facts.node_account,
            [{"email": SETTINGS.node_account, "description": f"{LABEL}=kube-flask"}],
            Owned(SETTINGS.node_account, ours=True),
        ),
        (facts.node_account, [{"email": SETTINGS.node_account}], Owned(SETTINGS.node_account, ours=False)),
        (facts.cluster, [], None),
        (facts.cluster, [CLUSTER | {"location": "us-east1"}], None),
        (facts.cluster, [CLUSTER | {"name": "kube-flask-2"}], None),
        (facts.project_state, {"lifecycleState": "DELETE_REQUESTED"}, "DELETE_REQUESTED"),
        (facts.quota, {"quotas": [{"metric": "CPUS", "limit": 24.0, "usage": 20.0}]}, {"CPUS": 4.0}),
        (facts.operation, [], ""),
        (facts.operation, [{"name": "o", "status": "DONE", "targetLink": "x/clusters/kube-flask"}], ""),
        (facts.operation, [{"name": "o", "status": "RUNNING", "targetLink": "x/clusters/kube-flask-2"}], ""),
        (facts.operation, [{"name": "o", "status": "PENDING", "targetLink": "x/clusters/kube-flask"}], "o"),
        (
            facts.operation,
            [{"name": "o", "status": "RUNNING", "targetLink": "x/clusters/kube-flask/nodePools/p"}],
            "o",
        ),
        (facts.images, [{"package": "r/todo", "tags": ["1", "2"]}], {"r/todo:1", "r/todo:2"}),
        (facts.images, [{"package": "r/todo", "tags": "1, 2"}, {"package": "r/x"}], {"r/todo:1", "r/todo:2"}),
        (
            facts.zones,
            [
                {"name": "us-central1-b", "status": "UP"},
                {"name": "us-central1-a", "status": "DOWN"},
                {"name": "us-central10-a", "status": "UP"},
            ],
            ("us-central1-b",),
        ),
        (facts.roles, {}, frozenset()),
        (
            facts.roles,
            {
                "bindings": [
                    {"role": "r1", "members": [f"serviceAccount:{SETTINGS.node_account}"]},
                    {"role": "r2", "members": ["user:me"]},
                ]
            },
            {"r1"},
        ),
        (facts.volumes, {"items": []}, ()),
        (facts.volumes, {"items": [volume()]}, (Disk("d-0", "us-central1-a", 20, "pv-0"),)),
        (facts.volumes, {"items": [volume(claimRef={"namespace": "other"})]}, ()),
        (facts.volumes, {"items": [{"metadata": {"name": "x"}, "spec": {"local": {}}}]}, ()),
        (
            facts.disks,
            [
                {"name": "d", "zone": "https://x/zones/us-central1-a", "sizeGb": "20", "labels": OURS},
                {"name": "e", "zone": "https://x/zones/us-east1-b", "sizeGb": "20", "labels": OURS},
                {
                    "name": "f",
                    "zone": "https://x/zones/us-central1-a",
                    "sizeGb": "20",
                    "labels": {LABEL: "x"},
                },
            ],
            (Disk("d", "us-central1-a", 20),),
        ),
    ],
)
def test_what_is_there(parse: Callable[..., Any], answer: Any, expected: Any) -> None:
    assert parse(json.dumps(answer), SETTINGS) == expected


def test_a_cluster_with_everything_about_it() -> None:
    assert facts.cluster(json.dumps([CLUSTER]), SETTINGS) == Cluster(
        "RUNNING",
        ours=True,
        nodes=4,
        zones=("us-central1-a", "us-central1-b"),
        machine_type="e2-standard-4",
        version="1.35.3-gke.1",
    )


@pytest.mark.parametrize("labels", [{}, {LABEL: "other"}, {"kube-flask": "up"}])
def test_a_cluster_without_our_label_is_not_ours(labels: dict[str, str]) -> None:
    found = facts.cluster(json.dumps([CLUSTER | {"resourceLabels": labels}]), SETTINGS)
    assert found is not None
    assert not found.ours


def test_retained_volumes_are_known() -> None:
    items = [volume(persistentVolumeReclaimPolicy="Retain")]
    (disk,) = facts.volumes(json.dumps({"items": items}), SETTINGS)
    assert disk.retained


def test_plain_answers() -> None:
    assert facts.first_line("", SETTINGS) == ""
    assert facts.first_line("me@example.com\n", SETTINGS) == "me@example.com"
    assert facts.lines("a\n\nb\n", SETTINGS) == {"a", "b"}
