"""One setting changes: everything that depends on it follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ha.failpoints import FAILPOINTS
from ha.settings import Secrets
from ha.settings import Settings as AgentSettings
from synth.config import ha_json
from synth.load import load
from synth.output import write
from synth.quantity import cpu_cores, memory_mb
from synth.tests.platform import Platform

Variant = Callable[[str], Platform]


def config(platform: Platform) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(platform.one("ConfigMap", "ha")["data"]["ha.json"])
    return parsed


def dsn(platform: Platform) -> str:
    env = {entry["name"]: entry.get("value") for entry in platform.pod("todo").container["env"]}
    assert (
        env["TODO_DSN"]
        == {e["name"]: e["value"] for e in platform.pod("migrate").container["env"]}["TODO_DSN"]
    )
    return str(env["TODO_DSN"])


def test_the_agents_accept_what_they_are_told(platform: Platform) -> None:
    told = AgentSettings.parse(config(platform), Secrets(), "postgres-0")
    assert [member.host for member in told.members] == list(platform.settings.members)
    assert told.sync_standbys == platform.settings.sync_standbys
    assert told.timing.profile == platform.settings.timing.profile


def test_no_failpoint_is_told_unless_it_is_given(platform: Platform) -> None:
    assert not any("failpoint" in key for key in config(platform))


def test_the_agents_accept_every_failpoint_there_is(tmp_path: Path) -> None:
    sets = [
        f"failpoints.{name.replace('-', '_')}={1 if point.most_s else 'true'}"
        for name, point in FAILPOINTS.items()
    ]
    settings = load("kind", sets=["failpoints.allowed=true", *sets])
    told = AgentSettings.parse(ha_json(settings), Secrets(), "postgres-0")
    assert told.failpoints.active.keys() == settings.failpoints.active.keys() == FAILPOINTS.keys()


def test_members_are_the_pods_of_the_stateful_set(platform: Platform) -> None:
    nodes = platform.one("StatefulSet", "postgres")
    name, service, namespace = (
        nodes["metadata"]["name"],
        nodes["spec"]["serviceName"],
        platform.settings.namespace,
    )
    domain = platform.settings.cluster_domain
    expected = [f"{name}-{i}.{service}.{namespace}.svc.{domain}" for i in range(nodes["spec"]["replicas"])]
    assert config(platform)["members"] == expected


def test_the_application_reaches_the_pools(platform: Platform) -> None:
    pools = f"pgpool.{platform.settings.namespace}.svc.{platform.settings.cluster_domain}"
    assert config(platform)["pools"] == pools
    assert dsn(platform) == f"postgresql+psycopg2://todo@{pools}:5432/todo?sslmode=disable"


def test_five_nodes_mean_two_confirmations(variant: Variant) -> None:
    told = config(variant("five-nodes"))
    assert (len(told["members"]), told["sync_standbys"]) == (5, 2)


def test_another_namespace_and_secret_are_used_everywhere(variant: Variant) -> None:
    for text in variant("elsewhere").files.values():
        assert "namespace: kube-flask" not in text
        assert "kube-flask.svc" not in text
        assert "cluster.local" not in text
        assert "secretName: kube-flask" not in text


def test_the_port_of_a_second_copy_is_the_clusters_choice(variant: Variant) -> None:
    (port,) = variant("elsewhere").one("Service", "todo")["spec"]["ports"]
    assert "nodePort" not in port


def test_images_come_from_the_registry(platform: Platform) -> None:
    images = platform.settings.images
    for pod in platform.pods:
        name = pod.name if pod.name in ("postgres", "pgpool") else "todo"
        assert pod.container["image"] == f"{images.registry}/{name}:{getattr(images.tag, name)}"
        expected = [{"name": images.pull_secret}] if images.pull_secret else None
        assert pod.spec.get("imagePullSecrets") == expected


def test_one_node_is_enough_for_single_node(variant: Variant) -> None:
    for pod in variant("single-node").pods:
        rules = pod.spec.get("affinity", {}).get("podAntiAffinity", {})
        assert "requiredDuringSchedulingIgnoredDuringExecution" not in rules
        for spread in pod.spec.get("topologySpreadConstraints", []):
            assert spread["whenUnsatisfiable"] == "ScheduleAnyway"


def test_a_node_of_two_cores_has_room_for_all_and_for_a_rollout(variant: Variant) -> None:
    # kubeadm's static pods 650m, two CoreDNS 200m, kindnet 100m, and what a rollout has on top: one pgpool, one todo.
    asked, node = 0.95, variant("single-node")
    for pod in node.pods:
        replicas, surge = pod.owner["spec"].get("replicas", 0), pod.owner["kind"] == "Deployment"
        asked += (replicas + surge) * cpu_cores(str(pod.container["resources"]["requests"]["cpu"]))
    assert round(asked, 3) <= 2


def test_on_gke_the_nodes_are_spread_over_zones_or_wait(variant: Variant) -> None:
    gke = variant("gke")
    unsatisfiable = {
        p.name: p.spec["topologySpreadConstraints"][0]["whenUnsatisfiable"] for p in gke.pods[1:3]
    }
    assert unsatisfiable == {"postgres": "DoNotSchedule", "pgpool": "ScheduleAnyway"}
    (claim,) = gke.one("StatefulSet", "postgres")["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "standard-rwo"


def test_on_gke_a_dead_node_leaves_the_load_balancer_by_its_own_checks(variant: Variant) -> None:
    spec = variant("gke").one("Service", "todo")["spec"]
    assert spec["externalTrafficPolicy"] == "Local"
    assert spec["loadBalancerClass"] == "networking.gke.io/l4-regional-external"
    assert variant("gke").one("Deployment", "todo")["spec"]["replicas"] == 3


def test_on_gke_one_node_holds_one_of_each_and_the_surge_of_a_rollout(variant: Variant) -> None:
    asked = {p.name: p.container["resources"]["requests"] for p in variant("gke").pods}
    surge = ("postgres", "pgpool", "pgpool", "todo", "todo")
    # e2-standard-4 has 4 cores and 16 GiB; a quarter of each is left to Kubernetes and GKE's own pods.
    assert sum(cpu_cores(asked[name]["cpu"]) for name in surge) <= 3
    assert sum(memory_mb(asked[name]["memory"]) for name in surge) <= 12 * 1024


@pytest.mark.parametrize("name", ["release", "kind"])
def test_elsewhere_the_service_is_as_it_was(variant: Variant, name: str) -> None:
    spec = variant(name).one("Service", "todo")["spec"]
    assert not {"externalTrafficPolicy", "loadBalancerClass"} & spec.keys()


@pytest.mark.parametrize("preset", ["kind", "single-node"])
def test_dist_differs_from_a_preset_in_nothing_immutable(
    variant: Variant, release: Platform, preset: str
) -> None:
    ours, theirs = (p.one("StatefulSet", "postgres")["spec"] for p in (variant(preset), release))
    for field in ("volumeClaimTemplates", "serviceName", "selector", "podManagementPolicy"):
        assert ours[field] == theirs[field]


@pytest.mark.parametrize(
    ("setting", "job"),
    [
        ("images.tag.todo=other", "migrate"),
        ("images.tag.todo=other", "create-secret"),
        ("namespace=x", "migrate"),
    ],
)
def test_a_job_that_changed_has_another_name(
    tmp_path: Path, release: Platform, setting: str, job: str
) -> None:
    write(load(sets=[setting]), tmp_path)
    texts = "".join(path.read_text() for path in tmp_path.iterdir())
    assert release.pod(job).owner["metadata"]["name"] not in texts


def test_a_job_that_did_not_change_keeps_its_name(tmp_path: Path, release: Platform) -> None:
    write(load(sets=["todo.replicas=5", "images.tag.postgres=x"]), tmp_path)
    texts = "".join(path.read_text() for path in tmp_path.iterdir())
    assert all(job["metadata"]["name"] in texts for job in release.of_kind("Job"))


def test_storage_and_limits_follow(tmp_path: Path) -> None:
    sets = [
        "storage.class_name=ssd",
        "storage.size=50Gi",
        "todo.resources.cpu_limit=2",
        "todo.service_type=ClusterIP",
    ]
    write(load(sets=sets), tmp_path)
    nodes, todo = (
        (tmp_path / "0002-postgres.k8s.yaml").read_text(),
        (tmp_path / "0005-todo.k8s.yaml").read_text(),
    )
    assert "storageClassName: ssd" in nodes
    assert "storage: 50Gi" in nodes
    assert 'cpu: "2"' in todo
    assert "nodePort" not in todo
