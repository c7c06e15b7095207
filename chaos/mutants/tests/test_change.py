from __future__ import annotations

import copy

import pytest

from chaos.mutants.change import MARK, Document, changed, find, ha_settings, rolled
from chaos.mutants.deploy import by_hand
from chaos.mutants.table import MUTANTS, Mutant
from chaos.mutants.tests.platform import ORIGINAL
from ha.settings import Secrets, Settings

EVERY = pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)


def of(mutant: str) -> list[Document]:
    return changed(ORIGINAL, MUTANTS[mutant].change(ORIGINAL), mutant)


@EVERY
def test_the_original_stays_as_it_is_and_what_differs_is_marked(mutant: Mutant) -> None:
    before = copy.deepcopy(ORIGINAL)
    found = changed(ORIGINAL, mutant.change(ORIGINAL), mutant.name)
    assert before == ORIGINAL
    assert found
    assert all(item["metadata"]["annotations"][MARK] == mutant.name for item in found)


@EVERY
def test_the_agents_accept_what_a_mutant_tells_them(mutant: Mutant) -> None:
    Settings.parse(ha_settings(mutant.change(ORIGINAL)), Secrets(), "postgres-0")


@pytest.mark.parametrize(
    ("mutant", "workloads"),
    [
        ("async", ["statefulset/postgres"]),
        ("gate-open", ["statefulset/postgres"]),
        ("promise-volatile", ["statefulset/postgres"]),
        ("lock-off", ["statefulset/postgres"]),
        ("lineage-off", ["statefulset/postgres"]),
        ("fence-off", ["statefulset/postgres"]),
        ("health-check-off", ["deployment/pgpool"]),
        ("reconciler-off", ["deployment/pgpool"]),
        ("anti-affinity-off", ["deployment/pgpool"]),
        ("pdb-selector-wrong", []),
    ],
)
def test_only_pods_that_must_change_are_replaced(mutant: str, workloads: list[str]) -> None:
    assert rolled(of(mutant)) == workloads


def test_a_failpoint_is_enabled_and_everything_else_is_told_as_before() -> None:
    told = ha_settings(MUTANTS["gate-open"].change(ORIGINAL))
    assert (told.pop("failpoints_enabled"), told.pop("failpoints")) == (True, {"gate-open": True})
    assert told == ha_settings(ORIGINAL)


def test_the_health_check_is_off_and_nothing_else_that_the_control_has() -> None:
    mutant = MUTANTS["health-check-off"]
    assert mutant.beside
    told, before = ha_settings(mutant.change(ORIGINAL)), ha_settings(mutant.beside(ORIGINAL))
    assert told["pgpool"].pop("health_check_period_s") == 0
    assert before["pgpool"].pop("health_check_period_s") > 0
    assert told == before
    assert told["failpoints"] == {"reconciler-late": 25}


@pytest.mark.parametrize("name", ["promise-volatile", "lock-off", "lineage-off"])
def test_the_control_has_all_failpoints_but_the_mutants_own(name: str) -> None:
    mutant = MUTANTS[name]
    assert mutant.beside
    told, before = (ha_settings(of(ORIGINAL))["failpoints"] for of in (mutant.change, mutant.beside))
    assert told == {**before, name: True}
    assert before
    assert name not in before


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.beside])
def test_a_mutant_that_follows_its_control_rolls_the_pods_again(name: str) -> None:
    mutant = MUTANTS[name]
    assert mutant.beside
    assert rolled(changed(mutant.beside(ORIGINAL), mutant.change(ORIGINAL), name))


def test_the_wrong_budget_chooses_no_pod_there_is() -> None:
    (budget,) = of("pdb-selector-wrong")
    labels = find(ORIGINAL, "StatefulSet", "postgres")["spec"]["template"]["metadata"]["labels"]
    assert not budget["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_without_anti_affinity_both_pools_may_share_a_node() -> None:
    (pools,) = of("anti-affinity-off")
    assert not {"affinity", "topologySpreadConstraints"} & pools["spec"]["template"]["spec"].keys()


def test_no_node_is_replaced_before_it_is_deleted_by_hand() -> None:
    (nodes,) = (item for item in by_hand(of("async")) if item["kind"] == "StatefulSet")
    assert nodes["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert find(ORIGINAL, "StatefulSet", "postgres")["spec"]["updateStrategy"]["type"] == "RollingUpdate"


def test_manifests_that_are_not_the_platforms_are_named() -> None:
    with pytest.raises(ValueError, match="the manifests have no PodDisruptionBudget postgres; run `make up`"):
        MUTANTS["pdb-selector-wrong"].change(ORIGINAL[:1])
