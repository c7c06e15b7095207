"""The steps of a bring-up on GKE, in order."""

from collections.abc import Sequence

from cluster.gke import checks, own, plan, tool
from cluster.gke.facts import Facts
from cluster.gke.run import Outline, Run
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell
from cluster.sources import Source

OUTLINES: tuple[Outline, ...] = (
    Outline("tools", "tools", note="looks for gcloud and gke-gcloud-auth-plugin on PATH"),
    Outline("login", "login", ("account",)),
    Outline("project", "project", ("project_state",)),
    Outline("services", "APIs", ("services",)),
    Outline("zones", "zones and quota", ("zones", "quota", "cluster")),
    Outline("registry", "repository", ("repository",)),
    Outline("account", "the nodes' account", ("node_account", "roles", "readers")),
    Outline("cluster", "GKE cluster", ("cluster", "operation")),
    Outline("credentials", "kubeconfig", note="asks the cluster for its version"),
    Outline("images", "our images", ("images",)),
    Outline("synth", "manifests"),
    Outline("apply", "kubectl apply"),
    Outline("balancer", "load balancer", note="waits until `kubectl get service todo` shows an address"),
    Outline(
        "todo", "the application", note="writes a todo through that address, reads it back and removes it"
    ),
    Outline(
        "disks", "labels of the disks", ("volumes", "disks"), note="labels each disk that has no label yet"
    ),
)


def _found(shell: Shell, settings: GkeSettings) -> str:
    tool.found()
    return "all there"


def prepared(settings: GkeSettings, source: Source) -> Run:
    """Return the bring-up, ready to run or to be rehearsed."""
    wanted = own.wanted(settings, source)

    def planned(step: str, facts: Facts) -> Sequence[plan.Act]:
        return plan.up(step, settings, facts, wanted)

    acts = {
        "images": lambda shell, settings: own.images(shell, settings, source),
        "synth": lambda shell, settings: own.synth(shell, settings, source),
        "apply": own.apply,
    }
    after = {
        "tools": _found,
        "credentials": own.reached,
        "balancer": own.balanced,
        "todo": own.answering,
    }
    return Run(settings, planned, checks.UP, acts, after)
