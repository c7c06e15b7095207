from dataclasses import replace

import pytest

from cluster.gke import checks
from cluster.gke.facts import Facts, Owned
from cluster.gke.settings import GkeSettings
from cluster.gke.tests.examples import ALL, NOTHING, RUNNING, SETTINGS, ZONES, made

FOREIGN = replace(RUNNING, ours=False)
EMPTY = replace(ALL, cluster=None)


@pytest.mark.parametrize("step", sorted(checks.UP))
def test_nothing_stops_a_bring_up_that_is_well(step: str) -> None:
    assert checks.UP[step](SETTINGS, ALL) is None
    assert checks.UP[step](SETTINGS, EMPTY) is None


@pytest.mark.parametrize(
    ("step", "settings", "facts", "sentence", "advice"),
    [
        ("login", SETTINGS, Facts(), "nobody is logged in", "gcloud auth login"),
        (
            "project",
            SETTINGS,
            replace(NOTHING, project_state="DELETE_REQUESTED"),
            "is DELETE_REQUESTED, not ACTIVE",
            "gcloud projects list",
        ),
        (
            "zones",
            made(zones=("us-central1-a", "us-central1-z")),
            EMPTY,
            "us-central1-z of --zones is not up; up are: us-central1-a",
            "--zones",
        ),
        ("zones", SETTINGS, replace(EMPTY, zones=ZONES[:1]), "fewer than two zones are up", "--region"),
        (
            "zones",
            SETTINGS,
            replace(EMPTY, quota={"CPUS": 8.0}),
            "does not hold 4 nodes of e2-standard-4 (CPUS: 16 needed, 8 left)",
            "--region",
        ),
        (
            "zones",
            SETTINGS,
            replace(EMPTY, quota={"IN_USE_ADDRESSES": 4.0}),
            "IN_USE_ADDRESSES: 5 needed, 4 left",
            "--private-nodes needs no addresses",
        ),
        (
            "registry",
            SETTINGS,
            replace(ALL, repository=Owned("kube-flask", ours=False)),
            "the repository kube-flask is there and was not made by `up`",
            "--name",
        ),
        (
            "account",
            SETTINGS,
            replace(ALL, node_account=Owned("a@b", ours=False)),
            "the service account a@b is there",
            "--name",
        ),
        (
            "cluster",
            SETTINGS,
            replace(ALL, cluster=FOREIGN),
            "does not carry the label made-by-kube-flask=kube-flask",
            "--name",
        ),
        (
            "cluster",
            SETTINGS,
            replace(ALL, cluster=replace(RUNNING, status="ERROR", message="only 1 nodes have registered")),
            "is half made and stays so: only 1 nodes have registered",
            "python -m cluster down --on gke --project my-shop-1234 --region us-central1",
        ),
    ],
)
def test_when_not_to_go_on(
    step: str, settings: GkeSettings, facts: Facts, sentence: str, advice: str
) -> None:
    trouble = checks.UP[step](settings, facts)
    assert trouble is not None
    assert sentence in trouble.sentence
    assert advice in trouble.advice


def test_private_nodes_need_no_addresses() -> None:
    assert checks.zones(made(private_nodes=True), replace(EMPTY, quota={"IN_USE_ADDRESSES": 0.0})) is None


def test_a_quota_that_nobody_told_stops_nothing() -> None:
    assert checks.zones(SETTINGS, replace(EMPTY, quota={})) is None


def test_the_nodes_of_a_cluster_that_stands_are_counted_already() -> None:
    assert checks.zones(SETTINGS, replace(ALL, quota={"CPUS": 0.0})) is None


def test_the_guard_looks_at_the_label_alone() -> None:
    assert checks.guard(SETTINGS, ALL) is None
    assert checks.guard(SETTINGS, NOTHING) is None
    assert checks.guard(SETTINGS, replace(ALL, cluster=FOREIGN)) is not None


def test_down_looks_at_the_label_and_takes_what_is_half_made() -> None:
    assert checks.DOWN["cluster"](SETTINGS, replace(ALL, cluster=FOREIGN)) is not None
    assert checks.DOWN["cluster"](SETTINGS, replace(ALL, cluster=replace(RUNNING, status="ERROR"))) is None
