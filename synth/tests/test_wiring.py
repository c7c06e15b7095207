from __future__ import annotations

import json
from typing import Any

import pytest

from synth.guard import NODES_LABEL
from synth.quantity import cpu_cores, memory_bytes
from synth.secret import KEYS
from synth.tests.platform import Doc, Platform, Pod

CLUSTER_WIDE = {"Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


def meets(selector: dict[str, str], pod: Pod) -> bool:
    return selector.items() <= pod.labels.items()


def chosen(doc: Doc) -> dict[str, str]:
    selector: dict[str, Any] = doc["spec"]["selector"]
    return dict(selector.get("matchLabels", selector))


def names(platform: Platform, kind: str) -> set[str]:
    return {doc["metadata"]["name"] for doc in platform.of_kind(kind)}


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "StatefulSet", "Deployment"])
def test_every_selector_meets_the_pods_of_one_component(platform: Platform, kind: str) -> None:
    for doc in platform.of_kind(kind):
        met = [pod.name for pod in platform.pods if meets(chosen(doc), pod)]
        assert met == [doc["metadata"]["name"]]


def test_pods_keep_away_from_and_spread_over_their_own_kind(platform: Platform) -> None:
    for pod in (platform.pod(name) for name in ("postgres", "pgpool", "todo")):
        rules = pod.spec["affinity"]["podAntiAffinity"]
        (rule,) = next(iter(rules.values()))
        terms = [rule.get("podAffinityTerm", rule), *pod.spec["topologySpreadConstraints"]]
        assert all(meets(term["labelSelector"]["matchLabels"], pod) for term in terms)


def test_everything_is_in_the_namespace(platform: Platform) -> None:
    for doc in platform.docs:
        expected = None if doc["kind"] in CLUSTER_WIDE else platform.settings.namespace
        assert doc["metadata"].get("namespace") == expected


def test_volumes_and_mounts_agree(platform: Platform) -> None:
    claims = {
        claim["metadata"]["name"]
        for doc in platform.of_kind("StatefulSet")
        for claim in doc["spec"]["volumeClaimTemplates"]
    }
    for pod in platform.pods:
        own = claims if pod.owner["kind"] == "StatefulSet" else set()
        volumes = {volume["name"] for volume in pod.spec["volumes"]} | own
        assert {mount["name"] for mount in pod.container["volumeMounts"]} == volumes


@pytest.mark.parametrize("name", ["postgres", "pgpool"])
def test_the_agent_may_write_to_its_pods_hosts(platform: Platform, name: str) -> None:
    pod = platform.pod(name)
    (copy,) = pod.spec["initContainers"]
    (volume,) = (v for v in pod.spec["volumes"] if v["name"] == "hosts")
    (mount,) = (m for m in pod.container["volumeMounts"] if m["name"] == "hosts")
    told = json.loads(platform.one("ConfigMap", "ha")["data"]["ha.json"])
    assert mount == {"name": "hosts", "mountPath": told["hosts_file"], "subPath": "hosts"}
    assert copy["command"] == [
        "cp",
        "/etc/hosts",
        f"{copy['volumeMounts'][0]['mountPath']}/{mount['subPath']}",
    ]
    assert copy["volumeMounts"][0]["name"] == "hosts"
    assert volume["emptyDir"]["sizeLimit"] == "1Mi"


@pytest.mark.parametrize("name", ["postgres", "pgpool"])
def test_the_copy_is_as_locked_down_as_the_pod_and_costs_it_nothing(platform: Platform, name: str) -> None:
    pod = platform.pod(name)
    (copy,) = pod.spec["initContainers"]
    same = ("image", "imagePullPolicy", "securityContext")
    assert [copy[key] for key in same] == [pod.container[key] for key in same]
    asked, given = copy["resources"]["requests"], pod.container["resources"]["requests"]
    assert cpu_cores(asked["cpu"]) <= cpu_cores(given["cpu"])
    assert memory_bytes(asked["memory"]) <= memory_bytes(given["memory"])


def test_config_maps_exist_and_a_change_of_theirs_rolls_the_pods(platform: Platform) -> None:
    for pod in platform.pods:
        mounted = {volume["configMap"]["name"] for volume in pod.spec["volumes"] if "configMap" in volume}
        assert mounted <= names(platform, "ConfigMap")
        assert bool(mounted) == ("checksum/config" in pod.annotations)


def test_the_job_creates_every_key_that_is_mounted(platform: Platform) -> None:
    mounted: set[str] = set()
    for pod in platform.pods:
        for volume in (volume["secret"] for volume in pod.spec["volumes"] if "secret" in volume):
            assert volume["secretName"] == platform.settings.secret
            mounted |= {item["key"] for item in volume["items"]}
    command = platform.pod("create-secret").container["command"]
    assert set(command[command.index("--secret") + 2 :]) == mounted == set(KEYS)


def test_only_postgres_pods_hold_what_can_change_the_cluster(platform: Platform) -> None:
    for pod in platform.pods:
        keys = {item["key"] for v in pod.spec["volumes"] if "secret" in v for item in v["secret"]["items"]}
        privileged = {"postgres-password", "repmgr-password", "peer-token"}
        assert (keys & privileged == privileged) if pod.name == "postgres" else not keys & privileged


def test_ports_are_called_by_names_the_container_has(platform: Platform) -> None:
    for pod in platform.pods:
        container = pod.container
        ports = {port["name"] for port in container.get("ports", [])}
        probes = [container[key] for key in container if key.endswith("Probe")]
        assert {probe["httpGet"]["port"] for probe in probes} <= ports
        for service in platform.of_kind("Service"):
            if meets(chosen(service), pod):
                assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_the_stateful_set_names_a_headless_service(platform: Platform) -> None:
    for doc in platform.of_kind("StatefulSet"):
        service = platform.one("Service", doc["spec"]["serviceName"])["spec"]
        assert service["clusterIP"] == "None"
        assert service["publishNotReadyAddresses"] is True


def test_the_one_service_account_may_read_one_secret_and_create(platform: Platform) -> None:
    accounts = {pod.spec.get("serviceAccountName") for pod in platform.pods} - {None}
    assert accounts == names(platform, "ServiceAccount")
    binding = platform.one("RoleBinding", "create-secret")
    assert {subject["name"] for subject in binding["subjects"]} == accounts
    assert {subject["namespace"] for subject in binding["subjects"]} == {platform.settings.namespace}
    rules = platform.one("Role", binding["roleRef"]["name"])["rules"]
    assert [rule["verbs"] for rule in rules] == [["create"], ["get"]]
    assert rules[1]["resourceNames"] == [platform.settings.secret]


def test_the_guard_is_bound_and_sees_what_carries_the_number(platform: Platform) -> None:
    (policy,) = platform.of_kind("ValidatingAdmissionPolicy")
    (binding,) = platform.of_kind("ValidatingAdmissionPolicyBinding")
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    selector = binding["spec"]["matchResources"]["namespaceSelector"]["matchLabels"]
    assert selector == {"kubernetes.io/metadata.name": platform.settings.namespace}
    labelled = {
        (doc["kind"], doc["metadata"]["labels"][NODES_LABEL])
        for doc in platform.docs
        if NODES_LABEL in doc["metadata"].get("labels", {})
    }
    number = str(platform.settings.postgres.nodes)
    assert labelled == {("ConfigMap", number), ("StatefulSet", number)}
