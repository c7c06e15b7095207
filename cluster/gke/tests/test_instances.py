"""The nodes' virtual machines of the fake: stopped, started, made anew; taken only in the zone where they are."""

from __future__ import annotations

import json

import pytest

from cluster.gke.tests.cloud import Cloud

PROJECT, NODE = "--project=my-shop-1234", "gke-kube-flask-a1"
OURS = "labels.goog-k8s-cluster-name=kube-flask AND labels.goog-k8s-cluster-location=us-central1"
GROUPS = ("instance-groups", "managed", "recreate-instances")


def instances(cloud: Cloud, wanted: str = OURS) -> dict[str, tuple[str, str]]:
    """Return status and time of creation by name."""
    words = ["gcloud", "compute", "instances", "list", f"--filter={wanted}", "--format=json", PROJECT]
    code, said = cloud.shell(words)
    assert code == 0, said
    return {item["name"]: (item["status"], item["creationTimestamp"]) for item in json.loads(said)}


def compute(cloud: Cloud, *words: str, zone: str = "us-central1-a") -> tuple[int, str]:
    return cloud.shell(["gcloud", "compute", *words, f"--zone={zone}", "--quiet", PROJECT])


def test_a_cluster_has_the_instances_of_its_zones(copy: Cloud) -> None:
    assert sorted(instances(copy)) == [f"gke-kube-flask-{zone}{n}" for zone in "ab" for n in (0, 1)]
    assert instances(copy, OURS.replace("kube-flask", "other")) == {}


def test_an_instance_is_stopped_started_and_made_anew(copy: Cloud) -> None:
    seen = []
    for words in (("instances", "stop", NODE, "--async"), ("instances", "start", NODE)):
        assert compute(copy, *words) == (0, "")
        seen.append(instances(copy)[NODE])
    assert seen == [("TERMINATED", "first"), ("RUNNING", "first")]
    assert compute(copy, *GROUPS, "gke-kube-flask-default-pool-grp", f"--instances={NODE}")[0] == 0
    status, born = instances(copy)[NODE]
    assert (status, born != "first") == ("RUNNING", True)


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        (("instances", "stop", NODE), "us-central1-b"),
        (("instances", "start", "nobody"), "us-central1-a"),
        ((*GROUPS, "foreign-grp", f"--instances={NODE}"), "us-central1-a"),
    ],
)
def test_what_is_not_there_is_not_touched(words: tuple[str, ...], zone: str, copy: Cloud) -> None:
    before = instances(copy)
    code, said = compute(copy, *words, zone=zone)
    assert (code, "was not found" in said, instances(copy)) == (1, True, before)
