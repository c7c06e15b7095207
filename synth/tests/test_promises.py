"""What the manifests promise, derived from the settings they were made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from synth.quantity import cpu_cores, memory_mb
from synth.tests.platform import Platform

SERVERS = ("postgres", "pgpool", "todo")
CORES = 2
DNS_TTL_S = 30


def config(platform: Platform) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(platform.one("ConfigMap", "ha")["data"]["ha.json"])
    return parsed


def test_an_eviction_leaves_a_quorum_that_acknowledges(platform: Platform) -> None:
    nodes = platform.one("StatefulSet", "postgres")["spec"]["replicas"]
    budget = platform.one("PodDisruptionBudget", "postgres")["spec"]
    left = nodes - budget["maxUnavailable"]
    assert left >= nodes // 2 + 1
    assert left >= 1 + config(platform)["sync_standbys"]
    assert budget["unhealthyPodEvictionPolicy"] == "IfHealthyBudget"


def test_an_acknowledged_write_and_a_vote_share_a_node(platform: Platform) -> None:
    told = config(platform)
    nodes, copies = len(told["members"]), told["sync_standbys"] + 1
    votes = max(nodes - told["sync_standbys"], nodes // 2 + 1)
    assert copies + votes > nodes


def test_one_lost_node_stops_no_writes(platform: Platform) -> None:
    told = config(platform)
    assert len(told["members"]) - 1 >= 1 + told["sync_standbys"]


@pytest.mark.parametrize("name", ["pgpool", "todo"])
def test_budgets_let_every_drain_end_and_keep_one_serving(platform: Platform, name: str) -> None:
    budget = platform.one("PodDisruptionBudget", name)["spec"]
    replicas = platform.one("Deployment", name)["spec"]["replicas"]
    assert 1 <= budget["maxUnavailable"] < replicas
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("name", SERVERS)
def test_one_host_lost_is_one_pod_lost_unless_soft(platform: Platform, name: str) -> None:
    rules = platform.pod(name).spec["affinity"]["podAntiAffinity"]
    required = "requiredDuringSchedulingIgnoredDuringExecution" in rules
    assert required == (platform.settings.anti_affinity == "hard")
    (rule,) = next(iter(rules.values()))
    assert rule.get("podAffinityTerm", rule)["topologyKey"] == "kubernetes.io/hostname"


def test_a_rollout_never_has_fewer_pods_than_promised(platform: Platform) -> None:
    for deployment in platform.of_kind("Deployment"):
        rolling = deployment["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("name", SERVERS)
def test_a_rollout_waits_until_the_last_pod_has_proved_itself(platform: Platform, name: str) -> None:
    assert platform.pod(name).owner["spec"]["minReadySeconds"] >= 5


def test_a_released_pool_outlives_what_name_servers_remember(release: Platform) -> None:
    assert release.pod("pgpool").owner["spec"]["minReadySeconds"] > DNS_TTL_S


def test_the_fence_comes_before_the_earliest_promotion(platform: Platform) -> None:
    t = config(platform)["timing"]
    connect, attempts, interval = t["connect_timeout_s"], t["reconnect_attempts"], t["reconnect_interval_s"]
    fence = t["wal_sender_timeout_s"] + 1 + t["child_nodes_disconnect_s"]
    assert fence < connect + attempts * connect + (attempts - 1) * interval + connect


def test_pgpool_searches_longer_than_a_promotion_with_a_second_election(platform: Platform) -> None:
    timing = platform.settings.timing
    slowest = 2 * timing.gap_bound_s + timing.election_rerun_s
    assert config(platform)["pgpool"]["search_primary_timeout_s"] >= slowest


def test_every_client_of_every_pool_finds_a_connection(platform: Platform) -> None:
    told = config(platform)
    pools = platform.one("Deployment", "pgpool")["spec"]["replicas"]
    assert told["postgres"]["max_connections"] >= (pools + 1) * (told["pgpool"]["num_init_children"] + 6)


def test_one_pool_alone_holds_everybody_who_waits_out_a_failover(platform: Platform) -> None:
    given = platform.settings
    waiting = given.pgpool.clients_per_s * (given.timing.gap_bound_s + 1)
    assert config(platform)["pgpool"]["num_init_children"] * (given.pgpool.replicas - 1) >= waiting


def test_memory_limits_hold_the_full_house(platform: Platform) -> None:
    told = config(platform)
    limit = memory_mb(platform.pod("postgres").container["resources"]["limits"]["memory"])
    assert limit >= told["postgres"]["shared_buffers_mb"] + 2 * told["postgres"]["max_connections"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_paused_pod_is_killed_after_30_s_and_not_before(platform: Platform, name: str) -> None:
    probe = platform.pod(name).container["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 30
    assert probe["httpGet"]["path"] == ("/healthz" if name == "todo" else "/livez")


@pytest.mark.parametrize("name", SERVERS)
def test_readiness_is_another_question_and_quick(platform: Platform, name: str) -> None:
    probe = platform.pod(name).container["readinessProbe"]
    assert probe["httpGet"]["path"] == "/readyz"
    # The servers' readiness drives rollouts; the application's must not empty its Service during a failover.
    leaves_after_s = probe["periodSeconds"] * probe["failureThreshold"]
    if name == "postgres":
        # A rollout deletes at once every old pod that is not ready, and standbys are not in the middle of a handoff.
        assert leaves_after_s >= 10
    else:
        gap_s = platform.settings.timing.gap_bound_s
        assert leaves_after_s >= 2 * gap_s if name == "todo" else leaves_after_s <= 4


def test_pods_are_locked_down(platform: Platform) -> None:
    for pod in platform.pods:
        rules = pod.container["securityContext"]
        assert (rules["runAsUser"], rules["runAsGroup"], rules["runAsNonRoot"]) == (999, 999, True)
        assert rules["readOnlyRootFilesystem"] is True
        assert rules["allowPrivilegeEscalation"] is False
        assert rules["capabilities"] == {"drop": ["ALL"]}
        assert (
            rules["seccompProfile"]
            == pod.spec["securityContext"]["seccompProfile"]
            == {"type": "RuntimeDefault"}
        )
        assert pod.spec["securityContext"]["fsGroup"] == 999
        assert pod.spec["automountServiceAccountToken"] == (pod.name == "create-secret")
        assert pod.spec["enableServiceLinks"] is False


def test_every_pod_asks_for_something_and_is_bounded(platform: Platform) -> None:
    for pod in platform.pods:
        resources = pod.container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys()
        assert "memory" in resources["limits"]


@pytest.mark.parametrize("preset", ["kind", "single-node"])
def test_the_small_presets_leave_half_of_two_cores_to_kubernetes(
    variant: Callable[[str], Platform], preset: str
) -> None:
    asked = 0.0
    for pod in variant(preset).pods:
        cpu = cpu_cores(pod.container["resources"]["requests"]["cpu"])
        asked += cpu * pod.owner["spec"].get("replicas", 1)
    assert asked <= CORES / 1.8


def test_there_is_time_to_hand_over_and_to_drain(platform: Platform) -> None:
    assert platform.pod("postgres").spec["terminationGracePeriodSeconds"] >= 60
    todo = platform.pod("todo")
    env = {entry["name"]: entry.get("value") for entry in todo.container["env"]}
    assert todo.spec["terminationGracePeriodSeconds"] > int(env["TODO_DRAIN_S"]) + int(env["TODO_GRACEFUL_S"])


def test_jobs_can_be_applied_again(platform: Platform) -> None:
    for job in platform.of_kind("Job"):
        assert re.fullmatch(r"[a-z-]+-[0-9a-f]{10}", job["metadata"]["name"])
        assert "ttlSecondsAfterFinished" not in job["spec"]


def test_no_secret_is_in_any_file(platform: Platform) -> None:
    assert not platform.of_kind("Secret")
    for pod in platform.pods:
        values = [entry.get("value", "") for entry in pod.container.get("env", [])]
        assert not [value for value in values if re.search(r"://[^/@]*:[^/@]*@", value)]
        assert not [e for e in pod.container.get("env", []) if "secretKeyRef" in e.get("valueFrom", {})]
