"""What stands on GKE, whether it answers, and what it costs."""

from rich.console import Console

from cluster import deploy
from cluster import status as platform
from cluster.gke import checks, own, prices, removal, tool
from cluster.gke.facts import Facts
from cluster.gke.run import Run
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell, StepFailed

QUESTIONS = ("project_state", "cluster", "operation", "repository", "node_account", "disks")


def lines(settings: GkeSettings, facts: Facts) -> list[str]:
    """Return what stands in the project, one line each."""
    cluster = facts.cluster
    if cluster is None:
        told = [f"{settings.place}: there is none"]
    else:
        size = (
            f"{cluster.nodes} nodes {cluster.machine_type} in {', '.join(cluster.zones)}, {cluster.version}"
        )
        told = [
            f"{settings.place}: {cluster.status}, {size}"
            + (f"; {cluster.message}" if cluster.message else "")
        ]
    if facts.operation:
        told.append(f"operation {facts.operation} has not ended")
    if facts.repository:
        told.append(f"repository {settings.registry}")
    if facts.node_account:
        told.append(f"service account {settings.node_account}")
    return [*told, *(f"disk {d.name} in {d.zone}, {d.size_gb} GB" for d in facts.disks)]


def bill(settings: GkeSettings, facts: Facts, balanced: bool) -> list[str]:
    """Return the cost of an hour with its parts and sources, empty when nothing stands."""
    found = prices.lines(settings, facts.cluster, facts.disks, balanced)
    if not found:
        return []
    parts = [
        f"  {'unknown' if line.usd is None else f'${line.usd:.3f}':>8}  {line.what} ({line.source})"
        for line in found
    ]
    return [f"costs {prices.total(found)}:", *parts]


def show(settings: GkeSettings, console: Console) -> int:
    """Print what stands and return 0 if all of it does and answers, else 1. Raises StepFailed."""
    shell = Shell(settings.logs / "status.log")
    run = Run(settings, lambda step, facts: (), {})
    for name in QUESTIONS:
        run.glance(shell, name)
    for line in lines(settings, run.facts):
        console.print(line, soft_wrap=True, markup=False)
    url = None
    problem = "there is no cluster of ours that runs"
    if removal.standing(run.facts) and checks.guard(settings, run.facts) is None:
        problem, url = _answers(shell, settings, console)
    for line in bill(settings, run.facts, balanced=url is not None):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"application: {problem or f'a todo was written and read back at {url}'}", markup=False)
    return 1 if problem else 0


def _answers(shell: Shell, settings: GkeSettings, console: Console) -> tuple[str, str | None]:
    """Return why the application does not answer (empty when it does) and where it is."""
    if not settings.kubeconfig.exists():
        return f"no kubeconfig on this machine; {settings.again('up')} writes it", None
    try:
        url = own.address(tool.ask(shell, own.question(settings), settings, patient=False))
    except StepFailed as error:
        return str(error).splitlines()[0], None
    kubectl = [*settings.kubectl, "--namespace", settings.namespace]
    pods = shell.ask([*kubectl, "get", "pods", "--output=wide"]) or "no pods"
    console.print(pods, soft_wrap=True, markup=False)
    console.print(platform.table(shell, settings), soft_wrap=True, markup=False)
    return (deploy.round_trip(url) or "" if url else "its load balancer has no address"), url
