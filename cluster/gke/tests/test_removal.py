from dataclasses import replace

import pytest

from cluster.gke import removal
from cluster.gke.facts import Facts, Owned
from cluster.gke.removal import PLANS
from cluster.gke.tests.examples import ALL, DISKS, NOTHING, RUNNING, SETTINGS

FOREIGN = replace(
    ALL,
    cluster=replace(RUNNING, ours=False),
    repository=Owned("kube-flask", ours=False),
    node_account=Owned("a@b", ours=False),
    disks=(),
)


def left(step: str, facts: Facts, *, delete_disks: bool = False) -> list[str]:
    return [" ".join(act.words) for act in PLANS[step](SETTINGS, facts, delete_disks)]


@pytest.mark.parametrize("step", sorted(PLANS))
@pytest.mark.parametrize("facts", [NOTHING, FOREIGN], ids=["nothing", "foreign"])
def test_nothing_of_others_is_touched(step: str, facts: Facts) -> None:
    assert left(step, facts, delete_disks=True) == []


@pytest.mark.parametrize(
    ("step", "facts", "expected"),
    [
        ("reach", ALL, ["get-credentials kube-flask"]),
        ("balancer", ALL, ["delete service todo --namespace=kube-flask --ignore-not-found"]),
        ("keep", ALL, ["patch pv pvc-0 --type=merge"]),
        ("keep", replace(ALL, disks=DISKS[1:]), ["disks add-labels pvc-0", "patch pv pvc-0"]),
        ("cluster", ALL, ["clusters delete kube-flask --location=us-central1 --quiet"]),
        ("cluster", replace(ALL, operation="op"), ["operations wait op", "clusters delete"]),
        (
            "cluster",
            replace(ALL, operation="op", cluster=replace(RUNNING, status="STOPPING")),
            ["operations wait op"],
        ),
        ("cluster", replace(ALL, cluster=replace(RUNNING, status="ERROR")), ["clusters delete"]),
        ("disks", ALL, []),
        ("account", ALL, ["projects remove-iam-policy-binding", "service-accounts delete kube-flask-nodes@"]),
        ("account", replace(ALL, roles=frozenset()), ["service-accounts delete kube-flask-nodes@"]),
        ("registry", ALL, ["repositories delete kube-flask"]),
    ],
)
def test_what_is_left_to_remove(step: str, facts: Facts, expected: list[str]) -> None:
    found = left(step, facts)
    assert len(found) == len(expected)
    for words, part in zip(found, expected, strict=True):
        assert part in words


@pytest.mark.parametrize("status", ["PROVISIONING", "ERROR", "STOPPING"])
@pytest.mark.parametrize("step", ["reach", "balancer", "keep"])
def test_a_cluster_that_cannot_answer_is_not_asked(step: str, status: str) -> None:
    assert left(step, replace(ALL, cluster=replace(RUNNING, status=status))) == []


def test_disks_go_only_when_that_was_said() -> None:
    assert left("disks", ALL) == []
    assert len(left("disks", ALL, delete_disks=True)) == len(DISKS)


def test_the_question_names_everything_that_goes() -> None:
    told = "\n".join(removal.removed(SETTINGS, ALL, delete_disks=True))
    for part in ("cluster kube-flask in us-central1", "repository", "service account", "pvc-0", "pvc-1"):
        assert part in told
    assert told.count("WITH THE DATA") == len(DISKS)
    assert "pvc-0" not in "\n".join(removal.removed(SETTINGS, ALL, delete_disks=False))


def test_disks_that_only_the_cluster_knows_are_named_too() -> None:
    unlabelled = replace(ALL, disks=())
    assert "pvc-0" in "\n".join(removal.removed(SETTINGS, unlabelled, delete_disks=True))
    assert "pvc-0" in "\n".join(removal.left(SETTINGS, unlabelled, delete_disks=False))


def test_what_stays_is_said() -> None:
    told = "\n".join(removal.left(SETTINGS, ALL, delete_disks=False))
    for part in ("pvc-0", "APIs", "docker's configuration", "/cache"):
        assert part in told
    assert "pvc-0" not in "\n".join(removal.left(SETTINGS, ALL, delete_disks=True))


def test_a_disk_that_went_with_the_cluster_is_named() -> None:
    assert removal.lost(ALL, replace(ALL, disks=DISKS[:1]), delete_disks=False) == ["pvc-1"]
    assert removal.lost(ALL, ALL, delete_disks=False) == []
    assert removal.lost(ALL, replace(ALL, disks=()), delete_disks=True) == []
