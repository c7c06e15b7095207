from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.kindconfig import Host, containerd_patch, render
from cluster.settings import Settings, for_preset

SETTINGS = Settings(root=Path("/r"), cache=Path("/c"))
PLAIN = Host(cgroup_v1=False, lacks_sys_resource=False, built_node=False)
SINGLE = for_preset(SETTINGS, "single-node")
CI = Host(cgroup_v1=True, lacks_sys_resource=True, built_node=True)


def config(host: Host, settings: Settings = SETTINGS) -> dict[str, Any]:
    return dict(yaml.safe_load(render(settings, host)))


def kubelet(host: Host) -> dict[str, Any]:
    patches = [yaml.safe_load(p) for p in config(host).get("kubeadmConfigPatches", [])]
    return next((p for p in patches if p["kind"] == "KubeletConfiguration"), {})


def test_an_ordinary_host_gets_no_patches() -> None:
    assert {"kubeadmConfigPatches", "containerdConfigPatches"}.isdisjoint(config(PLAIN))


def test_one_control_plane_and_a_worker_per_postgres_node() -> None:
    assert [n["role"] for n in config(PLAIN)["nodes"]] == ["control-plane", "worker", "worker", "worker"]
    assert SETTINGS.nodes == (
        "kube-flask-control-plane", "kube-flask-worker", "kube-flask-worker2", "kube-flask-worker3",
    )  # fmt: skip


def test_a_single_node_is_a_control_plane_that_carries_our_pods() -> None:
    assert [n["role"] for n in config(PLAIN, SINGLE)["nodes"]] == ["control-plane"]
    assert SINGLE.carriers == SINGLE.nodes == ("kube-flask-single-node-control-plane",)
    assert SETTINGS.carriers == SETTINGS.nodes[1:]


@pytest.mark.parametrize("settings", [SETTINGS, SINGLE])
def test_the_application_is_reachable_from_this_machine_only(settings: Settings) -> None:
    (mapping,) = config(PLAIN, settings)["nodes"][0]["extraPortMappings"]
    assert mapping == {"containerPort": 30080, "hostPort": 8080, "listenAddress": "127.0.0.1"}


@pytest.mark.parametrize(
    ("host", "keys"),
    [
        (PLAIN, set()),
        (Host(True, False, False), {"cgroupDriver", "failCgroupV1"}),
        (Host(False, True, False), {"featureGates"}),
        (CI, {"cgroupDriver", "failCgroupV1", "featureGates"}),
    ],
)
def test_the_kubelet_is_patched_for_what_the_host_lacks(host: Host, keys: set[str]) -> None:
    assert set(kubelet(host)) - {"kind"} == keys


def test_containerd_is_patched_for_what_the_host_lacks() -> None:
    assert "SystemdCgroup = false" in containerd_patch(Host(True, False, False))
    assert "restrict_oom_score_adj = true" in containerd_patch(Host(False, True, False))
    assert containerd_patch(PLAIN) == ""
