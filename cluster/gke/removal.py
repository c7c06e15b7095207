"""The plan of `down`: exactly what `up` made goes, and the disks only when that was said. Pure."""

from collections.abc import Callable, Mapping, Sequence

from cluster.gke.facts import Disk, Facts
from cluster.gke.plan import LONG_S, NODE_ROLE, Act, credentials, wait
from cluster.gke.plan import disks as label_disks
from cluster.gke.questions import gcloud
from cluster.gke.settings import GkeSettings

REACHABLE = frozenset({"RUNNING", "RECONCILING", "DEGRADED"})
"""States of a cluster whose API answers as a rule."""


def standing(facts: Facts) -> bool:
    """Tell whether there is a cluster of ours whose API can be asked."""
    return bool(facts.cluster and facts.cluster.ours and facts.cluster.status in REACHABLE)


def reach(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Write the kubeconfig: this may be a fresh checkout."""
    return credentials(settings) if standing(facts) else []


def balancer(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Give the load balancer back while somebody is there who does that."""
    service = ("delete", "service", "todo", f"--namespace={settings.namespace}", "--ignore-not-found")
    return [Act((*settings.kubectl, *service, "--timeout=240s"))] if standing(facts) else []


def keep(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Label the disks and let Kubernetes keep them: GKE may remove the disks of a cluster with it."""
    if not standing(facts):
        return []
    patch = '--patch={"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
    kept = [
        Act((*settings.kubectl, "patch", "pv", disk.volume, "--type=merge", patch))
        for disk in facts.volumes
        if not disk.retained
    ]
    return [*label_disks(settings, facts), *kept]


def cluster(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Delete the cluster, after what is being done to it has ended."""
    pending = [wait(settings, facts.operation)] if facts.operation else []
    if facts.cluster is None or not facts.cluster.ours:
        return []
    if facts.cluster.status == "STOPPING":
        return pending
    words = ("container", "clusters", "delete", settings.name, f"--location={settings.region}", "--quiet")
    return [*pending, Act(gcloud(settings, *words), LONG_S)]


def disks(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Delete the disks, only when that was said."""
    words = ("compute", "disks", "delete")
    return [
        Act(gcloud(settings, *words, disk.name, f"--zone={disk.zone}", "--quiet"))
        for disk in facts.disks
        if delete_disks
    ]


def account(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Take the role from the nodes' service account and delete it, in this order: a role of nobody stays for ever."""
    if facts.node_account is None or not facts.node_account.ours:
        return []
    unbind = ("gcloud", "projects", "remove-iam-policy-binding", settings.project)
    member = (f"--member=serviceAccount:{settings.node_account}", f"--role={NODE_ROLE}", "--condition=None")
    delete = gcloud(settings, "iam", "service-accounts", "delete", settings.node_account, "--quiet")
    bound = [Act((*unbind, *member, "--format=none"))] if NODE_ROLE in facts.roles else []
    return [*bound, Act(delete)]


def registry(settings: GkeSettings, facts: Facts, delete_disks: bool) -> Sequence[Act]:
    """Delete the repository with its images."""
    if facts.repository is None or not facts.repository.ours:
        return []
    words = ("artifacts", "repositories", "delete", settings.name, f"--location={settings.region}", "--quiet")
    return [Act(gcloud(settings, *words))]


PLANS: Mapping[str, Callable[[GkeSettings, Facts, bool], Sequence[Act]]] = {
    "reach": reach,
    "balancer": balancer,
    "keep": keep,
    "cluster": cluster,
    "disks": disks,
    "account": account,
    "registry": registry,
}
"""Step → what is left of it, in the order of `down`."""


def removed(settings: GkeSettings, facts: Facts, delete_disks: bool) -> list[str]:
    """Return what will go, one line each, for the question before it."""
    found = []
    if facts.cluster and facts.cluster.ours:
        found.append(f"{settings.place} ({facts.cluster.status}), its nodes and its load balancer")
    if facts.repository and facts.repository.ours:
        found.append(f"the repository {settings.registry} with its images")
    if facts.node_account and facts.node_account.ours:
        found.append(f"the service account {settings.node_account}")
    if delete_disks:
        found += [
            f"the disk {d.name} in {d.zone} ({d.size_gb} GB) WITH THE DATA ON IT" for d in all_disks(facts)
        ]
    return found


def all_disks(facts: Facts) -> list[Disk]:
    """Return the disks that are labelled and those that only the cluster knows, each once."""
    return list({disk.name: disk for disk in (*facts.volumes, *facts.disks)}.values())


def lost(before: Facts, after: Facts, delete_disks: bool) -> list[str]:
    """Return the disks that are gone although they were to be kept."""
    there = {disk.name for disk in after.disks}
    return [] if delete_disks else [d.name for d in all_disks(before) if d.name not in there]


def left(settings: GkeSettings, facts: Facts, delete_disks: bool) -> list[str]:
    """Return what stays, one line each."""
    kept = () if delete_disks else all_disks(facts) if standing(facts) else facts.disks
    stays = [f"the disk {d.name} in {d.zone} ({d.size_gb} GB)" for d in kept]
    return [
        *stays,
        "the APIs that were enabled in the project (they cost nothing)",
        f"the line for {settings.registry_host} in docker's configuration",
        f"{settings.cache} (kubeconfig, manifests, logs)",
    ]
