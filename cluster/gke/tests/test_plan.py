from dataclasses import replace

import pytest

from cluster.gke import plan
from cluster.gke.facts import Facts
from cluster.gke.plan import PLANS
from cluster.gke.tests.examples import ALL, DISKS, NOTHING, RUNNING, SETTINGS, WANTED, ZONES, made

CREATE = "container clusters create"
WAIT = "container operations wait"


def left(step: str, facts: Facts) -> list[str]:
    return [" ".join(act.words) for act in plan.up(step, SETTINGS, facts, WANTED)]


@pytest.mark.parametrize("step", sorted(set(PLANS) - {"credentials", "synth", "apply"}))
def test_nothing_is_left_when_everything_is_there(step: str) -> None:
    assert left(step, ALL) == []


@pytest.mark.parametrize(
    ("step", "facts", "expected"),
    [
        ("services", NOTHING, ["services enable artifactregistry.googleapis.com compute.googleapis.com"]),
        (
            "services",
            replace(ALL, services=frozenset({"compute.googleapis.com"})),
            ["services enable artifactregistry.googleapis.com container.googleapis.com iam"],
        ),
        ("registry", NOTHING, ["repositories create kube-flask --repository-format=docker"]),
        (
            "account",
            NOTHING,
            ["service-accounts create kube-flask-nodes ", "projects add-iam-policy", "repositories add-iam-"],
        ),
        ("account", replace(ALL, roles=frozenset()), ["projects add-iam-policy-binding my-shop-1234"]),
        (
            "account",
            replace(ALL, readers=frozenset({"roles/owner"})),
            ["--role=roles/artifactregistry.reader"],
        ),
        ("cluster", replace(ALL, cluster=None), [CREATE]),
        ("cluster", replace(ALL, cluster=None, operation="op-1"), [f"{WAIT} op-1 ", CREATE]),
        ("cluster", replace(ALL, operation="op-1"), [f"{WAIT} op-1 "]),
        (
            "cluster",
            replace(ALL, cluster=replace(RUNNING, status="PROVISIONING"), operation="op-1"),
            [f"{WAIT} op-1 "],
        ),
        (
            "cluster",
            replace(ALL, cluster=replace(RUNNING, status="STOPPING"), operation="op-1"),
            [f"{WAIT} op-1 ", CREATE],
        ),
        ("credentials", ALL, ["env KUBECONFIG=/cache/kubeconfig gcloud container clusters get-credentials"]),
        ("images", NOTHING, ["auth configure-docker us-central1-docker.pkg.dev", "publish"]),
        ("images", replace(ALL, images=frozenset({"r/todo:1"})), ["auth configure-docker", "publish"]),
        ("synth", ALL, ["synth"]),
        ("apply", ALL, ["apply"]),
        ("disks", replace(ALL, disks=DISKS[:1]), ["disks add-labels pvc-1 --zone=us-central1-b"]),
    ],
)
def test_what_is_left_of_a_step(step: str, facts: Facts, expected: list[str]) -> None:
    found = left(step, facts)
    assert len(found) == len(expected)
    for words, part in zip(found, expected, strict=True):
        assert part in words


def test_a_step_without_commands_has_no_plan() -> None:
    assert left("todo", NOTHING) == []


def create(**given: object) -> list[str]:
    return list(plan.create(made(**given), ALL))


def test_the_cluster_is_regional_with_four_nodes_over_two_zones() -> None:
    words = create()
    assert "--location=us-central1" in words
    assert f"--node-locations={ZONES[0]},{ZONES[1]}" in words
    assert "--num-nodes=2" in words


def test_the_cluster_has_what_the_platform_counts_on() -> None:
    words = create()
    assert {
        "--release-channel=regular",
        "--workload-pool=my-shop-1234.svc.id.goog",
        "--max-surge-upgrade=1",
        "--max-unavailable-upgrade=0",
        "--disk-type=pd-balanced",
        "--labels=made-by-kube-flask=kube-flask",
        "--service-account=kube-flask-nodes@my-shop-1234.iam.gserviceaccount.com",
        "--project=my-shop-1234",
    } <= set(words)
    assert "--enable-private-nodes" not in words


def test_options_reach_the_command() -> None:
    words = create(zones=ZONES[1:], private_nodes=True, channel="rapid", machine_type="n2-standard-8")
    assert {
        f"--node-locations={','.join(ZONES[1:])}",
        "--enable-private-nodes",
        "--release-channel=rapid",
        "--machine-type=n2-standard-8",
    } <= set(words)


def test_zones_are_named_also_when_nobody_could_be_asked() -> None:
    assert plan.chosen_zones(SETTINGS, NOTHING) == ZONES[:2]
    assert plan.chosen_zones(SETTINGS, replace(NOTHING, zones=ZONES[1:])) == ZONES[1:3]


@pytest.mark.parametrize("step", sorted(PLANS))
def test_no_command_depends_on_gclouds_own_project(step: str) -> None:
    for act in plan.up(step, SETTINGS, NOTHING, WANTED):
        if "gcloud" in act.words and "configure-docker" not in act.words:
            assert "my-shop-1234" in " ".join(act.words[:5]) or "--project=my-shop-1234" in act.words
