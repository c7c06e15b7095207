from typing import Any

import httpx2
import pytest
from lightkube.core.exceptions import ApiError, ConfigError
from lightkube.resources.core_v1 import Node, Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget
from msgspec import convert

from chaos.events import Budget
from chaos.kube.errors import KubeError, asked_to, missing_is_fine
from chaos.kube.facts import NodeInfo, PodInfo, address_of, budget_of, node_of, pod_of

POD: dict[str, Any] = {
    "metadata": {
        "name": "postgres-1",
        "namespace": "kube-flask",
        "uid": "u1",
        "labels": {"app.kubernetes.io/name": "postgres"},
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "name": "postgres",
                "uid": "u0",
                "controller": True,
            }
        ],
    },
    "spec": {"nodeName": "worker", "containers": []},
    "status": {
        "phase": "Running",
        "podIP": "10.244.1.4",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [
            {
                "containerID": "containerd://c1",
                "image": "i",
                "imageID": "i",
                "name": "postgres",
                "ready": True,
                "restartCount": 0,
            }
        ],
    },
}
REQUEST = httpx2.Request("GET", "https://api.invalid/")


def refusal(code: int) -> ApiError:
    status = {"status": "Failure", "message": f"{code} because", "code": code}
    return ApiError(request=REQUEST, response=httpx2.Response(code, json=status, request=REQUEST))


def test_a_running_pod() -> None:
    assert pod_of(convert(POD, Pod)) == PodInfo(
        name="postgres-1",
        node="worker",
        ip="10.244.1.4",
        ready=True,
        ending=False,
        container_id="c1",
        uid="u1",
        component="postgres",
        namespace="kube-flask",
        owner="StatefulSet",
        phase="Running",
    )


def test_an_ending_pod_is_marked() -> None:
    meta = POD["metadata"] | {"deletionTimestamp": "2026-11-24T03:26:38Z"}
    assert pod_of(convert(POD | {"metadata": meta}, Pod)).ending


def test_a_pod_that_nobody_placed_yet_is_on_no_node() -> None:
    pod = pod_of(convert({"metadata": {"name": "p"}, "spec": {"containers": []}}, Pod))
    assert (pod.node, pod.ip, pod.ready, pod.container_id, pod.owner) == ("", "", False, "", "")


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (
            {"currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1, "expectedPods": 3},
            (3, 2, 1, 3),
        ),
        (
            {"currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0, "expectedPods": 3},
            (2, 2, 0, 3),
        ),
        (None, (0, 0, 0, 0)),
    ],
)
def test_a_budget_says_what_its_controller_counted(status: Any, seen: tuple[int, ...]) -> None:
    raw = {"metadata": {"name": "postgres"}} | ({"status": status} if status else {})
    budget = convert(raw, PodDisruptionBudget)
    assert budget_of(budget, 7.0) == Budget("postgres", 7.0, *seen)


def test_a_nodes_address_is_numeric() -> None:
    addresses = [{"type": "Hostname", "address": "worker"}, {"type": "InternalIP", "address": "172.18.0.2"}]
    assert address_of(convert({"status": {"addresses": addresses}}, Node)) == "172.18.0.2"


def test_a_node_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="no InternalIP"):
        address_of(Node())


@pytest.mark.parametrize(
    ("error", "sentence", "status"),
    [
        (refusal(429), "Cannot evict pod p: 429 because", 429),
        (httpx2.ConnectTimeout("slow"), "Cannot evict pod p: the API server did not answer", 0),
        (ConnectionRefusedError("no"), "Cannot evict pod p: the API server did not answer", 0),
        (ConfigError("no file"), "Cannot evict pod p: no file. Run `make up`.", 0),
        (
            httpx2.HTTPStatusError("", request=REQUEST, response=httpx2.Response(502, request=REQUEST)),
            "Cannot evict pod p: HTTP 502",
            502,
        ),
    ],
)
def test_an_error_says_what_was_asked_and_why_it_failed(error: Exception, sentence: str, status: int) -> None:
    with pytest.raises(KubeError) as raised, asked_to("evict pod p"):
        raise error
    assert str(raised.value).startswith(sentence)
    assert raised.value.status == status


def test_only_the_missing_may_be_missing() -> None:
    with missing_is_fine():
        raise refusal(404)
    with pytest.raises(ApiError), missing_is_fine():
        raise refusal(403)


NODE: dict[str, Any] = {
    "metadata": {"name": "worker"},
    "spec": {"podCIDR": "10.244.1.0/24", "unschedulable": True},
    "status": {
        "addresses": [{"type": "InternalIP", "address": "172.18.0.5"}],
        "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "1970-01-01T00:01:00Z"}],
    },
}


def test_a_cordoned_node() -> None:
    found = node_of(convert(NODE, Node))
    assert found == NodeInfo("worker", "172.18.0.5", "10.244.1.0/24", True, 60.0, schedulable=False)


def test_a_node_that_has_only_just_registered_is_not_ready() -> None:
    found = node_of(convert({"metadata": {"name": "worker"}}, Node))
    assert found == NodeInfo("worker", "", "", False, 0.0, schedulable=True)
