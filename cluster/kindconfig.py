"""What kind is told: rendered from the settings and from what the machine turned out to be."""

from dataclasses import dataclass
from typing import Any

import yaml

from cluster import versions
from cluster.settings import Settings


@dataclass(frozen=True)
class Host:
    """The conditions of a machine that a node's configuration depends on."""

    cgroup_v1: bool
    lacks_sys_resource: bool
    built_node: bool
    """The node image is our own, and so are the versions of the images in it."""


def kubelet_patch(host: Host) -> dict[str, Any]:
    """Return what the kubelet needs on this host; empty on an ordinary one."""
    patch: dict[str, Any] = {}
    if host.cgroup_v1:
        patch |= {"cgroupDriver": "cgroupfs", "failCgroupV1": False}
    if host.lacks_sys_resource:
        # oom_score_adj cannot be lowered: the kubelet forgives that only in this mode.
        patch["featureGates"] = {"KubeletInUserNamespace": True}
    return patch


def containerd_patch(host: Host) -> str:
    """Return what containerd needs on this host, as TOML; empty on an ordinary one."""
    lines = []
    cri = '[plugins."io.containerd.grpc.v1.cri"'
    if host.lacks_sys_resource:
        lines += [f"{cri}]", "  restrict_oom_score_adj = true"]
    if host.cgroup_v1:
        lines += [f"{cri}.containerd.runtimes.runc.options]", "  SystemdCgroup = false"]
    return "\n".join(lines)


def render(settings: Settings, host: Host) -> str:
    """Return the configuration file of the cluster."""
    patches = []
    if kubelet := kubelet_patch(host):
        patches.append({"kind": "KubeletConfiguration"} | kubelet)
    if host.built_node:
        patches.append({"kind": "ClusterConfiguration", "etcd": {"local": {"imageTag": versions.ETCD_TAG}}})
    mapping = {
        "containerPort": settings.node_port,
        "hostPort": settings.host_port,
        "listenAddress": "127.0.0.1",
    }
    document: dict[str, Any] = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "name": settings.name,
        "networking": {
            "kubeProxyMode": "nftables",
            "podSubnet": settings.pod_subnet,
            "serviceSubnet": settings.service_subnet,
        },
        "nodes": [
            {"role": "control-plane", "extraPortMappings": [mapping]},
            *({"role": "worker"} for _ in range(settings.workers)),
        ],
    }
    if patches:
        document["kubeadmConfigPatches"] = [yaml.safe_dump(p) for p in patches]
    if containerd := containerd_patch(host):
        document["containerdConfigPatches"] = [containerd]
    return yaml.safe_dump(document, sort_keys=False)
