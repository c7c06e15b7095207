"""When not to go on: facts in, the sentence and the next command out. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cluster.gke.facts import Facts, Owned
from cluster.gke.plan import chosen_zones
from cluster.gke.settings import LABEL, LEAST_ZONES, GkeSettings


@dataclass(frozen=True)
class Trouble:
    """Why a step must not go on, and what to do."""

    sentence: str
    advice: str


def login(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse without an account."""
    if facts.account:
        return None
    return Trouble("gcloud has no account to work with: nobody is logged in", "gcloud auth login")


def project(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse a project that is going."""
    if facts.project_state != "ACTIVE":
        state = facts.project_state or "without a state"
        return Trouble(f"project {settings.project} is {state}, not ACTIVE", "gcloud projects list")
    return None


def zones(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse zones that are not there, and a quota that does not hold the nodes; a cluster that stands holds them."""
    absent = [zone for zone in settings.zones if zone not in facts.zones]
    if absent or len(facts.zones) < LEAST_ZONES:
        named = f"{', '.join(absent)} of --zones is not up" if absent else "fewer than two zones are up"
        there = ", ".join(facts.zones) or "none"
        return Trouble(
            f"{settings.region}: {named}; up are: {there}", "choose others with --zones or --region"
        )
    if facts.cluster is not None:
        return None
    nodes = settings.nodes_per_zone * len(chosen_zones(settings, facts))
    # A release's three disks of 20 GB come on top of the nodes' boot disks.
    needed = {"CPUS": nodes * settings.cores, "SSD_TOTAL_GB": nodes * settings.disk_gb + 60}
    if not settings.private_nodes:
        needed["IN_USE_ADDRESSES"] = nodes + 1
    short = {
        name: (need, facts.quota[name]) for name, need in needed.items() if facts.quota.get(name, need) < need
    }
    if not short:
        return None
    told = ", ".join(f"{name}: {need} needed, {left:g} left" for name, (need, left) in short.items())
    return Trouble(
        f"the quota of {settings.region} does not hold {nodes} nodes of {settings.machine_type} ({told})",
        "ask for more under IAM & Admin > Quotas in the console, or choose another --region"
        + ("" if settings.private_nodes else "; --private-nodes needs no addresses"),
    )


def _not_ours(what: str, thing: Owned | None) -> Trouble | None:
    if thing is None or thing.ours:
        return None
    return Trouble(
        f"{what} {thing.name} is there and was not made by `up` (no {LABEL}): it is left alone",
        "choose another --name",
    )


def registry(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse a repository of somebody else."""
    return _not_ours("the repository", facts.repository)


def account(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse a service account of somebody else."""
    return _not_ours("the service account", facts.node_account)


def guard(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse a cluster without our label: before anything is applied to it, broken in it or removed with it."""
    if facts.cluster is None or facts.cluster.ours:
        return None
    return Trouble(
        f"{settings.place} does not carry the label {settings.mark}: `up` has not made it, and nothing is done to it",
        "choose another --name, --region or --project",
    )


def cluster(settings: GkeSettings, facts: Facts) -> Trouble | None:
    """Refuse a cluster that is not ours or that its making has left broken."""
    if refused := guard(settings, facts):
        return refused
    if facts.cluster and facts.cluster.status == "ERROR":
        said = facts.cluster.message or "GKE gives no reason"
        return Trouble(f"{settings.place} is half made and stays so: {said}", settings.again("down"))
    return None


Check = Callable[[GkeSettings, Facts], Trouble | None]
UP: Mapping[str, Check] = {
    "login": login,
    "project": project,
    "zones": zones,
    "registry": registry,
    "account": account,
    "cluster": cluster,
}
"""Step of `up` → the check before its plan is made."""
DOWN: Mapping[str, Check] = {"cluster": guard}
"""Step of `down` → the same."""
