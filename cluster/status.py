"""What stands: engine, cluster, pods, application, and the database's own view."""

import shlex
import shutil
import time
from collections.abc import Callable

from rich.console import Console

from cluster import deploy, docker, health, kind, manifests
from cluster.settings import Settings
from cluster.shell import Shell


def show(settings: Settings, console: Console) -> int:
    """Print what stands and return 0 if all of it does, else 1."""
    shell = Shell(settings.logs / "status.log")
    if shutil.which("docker") is None or (running := docker.engine(shell)) is None:
        console.print(f"docker engine: none answers (`{settings.words('up')}` starts one)")
        return 1
    console.print(f"docker engine: {running.version}, cgroup v{running.cgroup}, runtime {running.runtime}")
    facts = health.look(shell, settings, kind.known_addresses(settings))
    verdict, reason = health.judge(frozenset(settings.nodes), facts)
    console.print(f"cluster {settings.name}: {verdict.value}, {reason}")
    if verdict is not health.Verdict.HEALTHY:
        return 1
    kubectl = [*settings.kubectl, "--namespace", settings.namespace]
    console.print(
        shell.ask([*kubectl, "get", "pods", "--output=wide"]) or "no pods", soft_wrap=True, markup=False
    )
    problem = deploy.round_trip(settings.url)
    console.print(
        f"application {settings.url}: {problem or 'a todo was written and read back'}", markup=False
    )
    console.print(table(shell, settings), soft_wrap=True, markup=False)
    return 0 if problem is None else 1


def ha_status(shell: Shell, settings: Settings) -> list[Callable[[], str | None]]:
    """Return one attempt per postgres pod at the table of `ha status`: any of them knows all."""
    kubectl = [*settings.kubectl, "--namespace", settings.namespace]
    selector = ["--selector=app.kubernetes.io/name=postgres", "--field-selector=status.phase=Running"]
    pods = (shell.ask([*kubectl, "get", "pods", *selector, "--output=name"]) or "").split()

    def attempt(pod: str) -> Callable[[], str | None]:
        return lambda: shell.ask([*kubectl, "exec", pod, "--", "ha", "status"], timeout_s=20)

    return [attempt(pod) for pod in pods]


def table(shell: Shell, settings: Settings) -> str:
    """Return the table of `ha status`, or that nobody answers."""
    attempts = ha_status(shell, settings)
    return next((table for one in attempts if (table := one())), "no postgres pod answers `ha status`")


def primary(shell: Shell, settings: Settings) -> str:
    """Return the name of the primary's pod as its Service sees it, `postgres-0` when nobody can tell."""
    kubectl = [*settings.kubectl, "--namespace", settings.namespace]
    query = [
        "psql",
        "--no-align",
        "--tuples-only",
        "--dbname=postgres",
        "--command=select pg_is_in_recovery()",
    ]
    for ordinal in range(manifests.postgres_replicas(manifests.documents(manifests.folder(settings))) or 0):
        pod = f"postgres-{ordinal}"
        if shell.ask([*kubectl, "exec", pod, "--", *query], timeout_s=10) == "f":
            return pod
    return "postgres-0"


def farewell(settings: Settings, console: Console) -> None:
    """Print where everything is and how to break it."""
    shell = Shell(settings.logs / "farewell.log")
    victim = primary(shell, settings)
    kubectl = f"kubectl -n {settings.namespace}"
    console.print(
        f"\n[bold green]open {settings.url}[/]\n\n"
        f"export KUBECONFIG={shlex.quote(str(settings.kubeconfig))}   [dim]# context {settings.context}[/]\n"
        f"export PATH={shlex.quote(str(settings.root / '.venv/bin'))}:$PATH   [dim]# its kubectl[/]\n\n"
        "[bold]Break it:[/] watch in one terminal, kill the primary in another, look at your todos again.\n"
        f"  while sleep 0.2; do date +%T.%1N; curl -s -m 1 -o /dev/null -w '%{{http_code}}\\n' {settings.url}/; done\n"
        f"  {kubectl} delete pod {victim} --grace-period=0 --force   [dim]# {victim} is the primary now[/]\n"
        f"  {kubectl} get pods -w\n"
        f"  {settings.words('status')}",
        soft_wrap=True,
    )


def down(settings: Settings, console: Console) -> int:
    """Delete the cluster, and say what stays."""
    started = time.monotonic()
    shell = Shell(settings.logs / "down.log")
    if shutil.which("docker") is None or docker.engine(shell) is None:
        console.print("no docker engine answers: there is no cluster to delete")
        return 0
    kind.delete(shell, settings, kind.binary(shell, settings))
    console.print(
        f"cluster {settings.name} is deleted with its data ({time.monotonic() - started:.0f} s). What stays: the docker"
        f" engine, its images (docker image ls 'kube-flask/*'), and {settings.cache} (built programs, logs).",
        soft_wrap=True,
    )
    return 0
