"""The plan of `up`: from what is there to the commands that are left, in order. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cluster.gke.facts import Facts
from cluster.gke.questions import Words, gcloud
from cluster.gke.settings import LEAST_ZONES, GkeSettings

APIS = (
    "artifactregistry.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "iam.googleapis.com",
)
NODE_ROLE = "roles/container.defaultNodeServiceAccount"
"""What a node needs to log and be measured and no more (docs.cloud.google.com, configure-node-service-accounts)."""
READER = "roles/artifactregistry.reader"
QUICK_S = 300
LONG_S = 45 * 60
"""A regional cluster takes 5 to 10 min as a rule; its deletion about the same."""


@dataclass(frozen=True)
class Act:
    """One command that changes something."""

    words: Words
    timeout_s: int = QUICK_S
    own: str = ""
    """Done by this project's function of that name: the command is what it comes to."""


@dataclass(frozen=True)
class Wanted:
    """What the rest of the project contributes to a plan."""

    images: tuple[str, ...]
    """References of our images."""
    publish: Words
    """The command that builds and pushes them."""
    synth: Words
    """The command that writes the manifests."""
    apply: Words
    """The command that applies them."""


def wait(settings: GkeSettings, operation: str) -> Act:
    """Return the command that waits for an operation that somebody began."""
    words = ("container", "operations", "wait", operation, f"--location={settings.region}")
    return Act(gcloud(settings, *words), LONG_S)


def services(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Enable the APIs that are not."""
    missing = [api for api in APIS if api not in facts.services]
    return [Act(gcloud(settings, "services", "enable", *missing))] if missing else []


def registry(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Make the repository of the images."""
    create = ("artifacts", "repositories", "create", settings.name, "--repository-format=docker")
    words = gcloud(settings, *create, f"--location={settings.region}", f"--labels={settings.mark}")
    return [] if facts.repository else [Act(words)]


def account(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Make the nodes' service account, which may do less than the project's default one."""
    acts = []
    member = f"--member=serviceAccount:{settings.node_account}"
    if not facts.node_account:
        create = ("iam", "service-accounts", "create", settings.node_account.partition("@")[0])
        described = ("--display-name=kube-flask nodes", f"--description={settings.mark}")
        acts.append(Act(gcloud(settings, *create, *described)))
    if NODE_ROLE not in facts.roles:
        bind = ("gcloud", "projects", "add-iam-policy-binding", settings.project, member)
        acts.append(Act((*bind, f"--role={NODE_ROLE}", "--condition=None", "--format=none")))
    if READER not in facts.readers:
        grant = ("artifacts", "repositories", "add-iam-policy-binding", settings.name)
        place = (f"--location={settings.region}", member, f"--role={READER}", "--format=none")
        acts.append(Act(gcloud(settings, *grant, *place)))
    return acts


def chosen_zones(settings: GkeSettings, facts: Facts) -> tuple[str, ...]:
    """Return where the nodes will be; when no zone could be asked for, how they are named as a rule."""
    up = facts.zones or tuple(f"{settings.region}-{letter}" for letter in "abc")
    return settings.zones or up[:LEAST_ZONES]


def create(settings: GkeSettings, facts: Facts) -> Words:
    """Return the command that makes the cluster."""
    zones = chosen_zones(settings, facts)
    # One new node at a time and never one fewer: a drain waits for the budgets, and pods find room at once.
    surge = (
        "--enable-autorepair",
        "--enable-autoupgrade",
        "--max-surge-upgrade=1",
        "--max-unavailable-upgrade=0",
    )
    disks = ("--disk-type=pd-balanced", f"--disk-size={settings.disk_gb}")
    identity = (f"--workload-pool={settings.project}.svc.id.goog", "--workload-metadata=GKE_METADATA")
    return gcloud(
        settings,
        *("container", "clusters", "create", settings.name, f"--location={settings.region}"),
        *(f"--node-locations={','.join(zones)}", f"--num-nodes={settings.nodes_per_zone}"),
        *(f"--machine-type={settings.machine_type}", *disks),
        *(f"--release-channel={settings.channel}", *surge, *identity),
        *(f"--service-account={settings.node_account}", "--enable-ip-alias"),
        *(("--enable-private-nodes",) if settings.private_nodes else ()),
        f"--labels={settings.mark}",
    )


def cluster(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Make the cluster, or wait for what is being done to it."""
    pending = [wait(settings, facts.operation)] if facts.operation else []
    making = [Act(create(settings, facts), LONG_S)]
    if facts.cluster is None:
        # Its last operation, a deletion, may outlive it in the list by a moment.
        return [*pending, *making]
    return [*pending, *making] if facts.cluster.status == "STOPPING" else pending


def credentials(
    settings: GkeSettings, facts: Facts | None = None, wanted: Wanted | None = None
) -> Sequence[Act]:
    """Write the kubeconfig of this cluster, beside everybody else's and not into it."""
    words = ("container", "clusters", "get-credentials", settings.name, f"--location={settings.region}")
    return [Act(("env", f"KUBECONFIG={settings.kubeconfig}", *gcloud(settings, *words)))]


def images(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Build and push the images whose content the repository does not have."""
    if set(wanted.images) <= facts.images:
        return []
    login = ("gcloud", "auth", "configure-docker", settings.registry_host, "--quiet")
    return [Act(login), Act(wanted.publish, LONG_S, own="images")]


def synth(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Write the manifests."""
    return [Act(wanted.synth, own="synth")]


def apply(settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Apply them; applying again changes nothing."""
    return [Act(wanted.apply, own="apply")]


def disks(settings: GkeSettings, facts: Facts, wanted: Wanted | None = None) -> Sequence[Act]:
    """Label the disks of the database, so that `down` finds them from any machine and when the cluster is gone."""
    known = {disk.name for disk in facts.disks}
    label = ("compute", "disks", "add-labels")
    return [
        Act(gcloud(settings, *label, disk.name, f"--zone={disk.zone}", f"--labels={settings.mark}"))
        for disk in facts.volumes
        if disk.name not in known
    ]


PLANS: Mapping[str, Callable[[GkeSettings, Facts, Wanted], Sequence[Act]]] = {
    "services": services,
    "registry": registry,
    "account": account,
    "cluster": cluster,
    "credentials": credentials,
    "images": images,
    "synth": synth,
    "apply": apply,
    "disks": disks,
}
"""Step → what is left of it."""


def up(step: str, settings: GkeSettings, facts: Facts, wanted: Wanted) -> Sequence[Act]:
    """Return the commands that are left of a step; empty when there is nothing to do."""
    planned = PLANS.get(step)
    return planned(settings, facts, wanted) if planned else ()
