"""The platform on the cluster: applied, then waited for until it keeps a todo."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from cluster import manifests
from cluster.settings import Preset, Settings
from cluster.shell import Shell, StepFailed

REQUEST_TIMEOUT_S = 5.0
WORKLOADS = ("statefulset/postgres", "deployment/pgpool", "deployment/todo")
ROLLED_OUT = ("successfully rolled out", "roll out complete", "rolling update complete")
MOST_RESTARTS = 4
POLL_S = 1.0
SHOW_EVERY_S = 15.0
APPLY: Mapping[Preset, tuple[str, ...]] = {
    # Several hands write to this cluster (chaos/mutants), and what is applied wins over all of them.
    "kind": ("apply", "--server-side", "--force-conflicts"),
    # As the README says it to people with a cluster of their own.
    "single-node": ("apply",),
}


def refusal(live: int | None, wanted: int | None) -> str | None:
    """Return why these manifests must not be applied over what runs, None when they may."""
    if live is None or wanted is None or live == wanted:
        return None
    return (
        f"the cluster runs {live} postgres nodes and the manifests ask for {wanted}: changing the number"
        " of a running cluster is not supported yet, because quorum and membership would change under it"
    )


def apply(shell: Shell, settings: Settings) -> str:
    """Apply the manifests; applying them again changes nothing.

    Raises:
        StepFailed: the API refused an object, or the number of PostgreSQL nodes would change.

    """
    directory = manifests.folder(settings)
    wanted = manifests.postgres_replicas(manifests.documents(directory))
    query = ["get", "statefulset", "postgres", "--ignore-not-found", "--output=jsonpath={.spec.replicas}"]
    answer = shell.need([*settings.kubectl, "--namespace", settings.namespace, *query])
    if sentence := refusal(int(answer) if answer else None, wanted):
        raise StepFailed(sentence, f"{settings.renewal}: a new cluster, without the old data")
    advice = f"a field that cannot change on a running cluster: {settings.renewal}"
    lines = shell.need(command(settings), timeout_s=120, advice=advice).splitlines()
    return f"{len(lines)} objects"


def command(settings: Settings) -> list[str | Path]:
    """Return the command that applies the manifests."""
    return [*settings.kubectl, *APPLY[settings.preset], "--filename", manifests.folder(settings)]


def wait(shell: Shell, settings: Settings, url: str | None = None) -> str:
    """Wait until a todo written through the application's Service is read back; the todo is then removed.

    `url` is where that Service is reached, by default on this machine.

    Raises:
        StepFailed: that did not happen within `settings.ready_timeout_s`.

    """
    url = url or settings.url
    deadline = time.monotonic() + settings.ready_timeout_s
    shown = time.monotonic() - SHOW_EVERY_S
    while True:
        problem = rollout(shell, settings) or round_trip(url)
        if problem is None:
            return f"a todo was written and read back at {url}"
        shell.note(problem)
        if time.monotonic() > deadline:
            _collect(shell, settings)
            raise StepFailed(
                f"not ready within {settings.ready_timeout_s} s: {problem}", _look_at("get pods", settings)
            )
        if time.monotonic() - shown > SHOW_EVERY_S:
            shown = time.monotonic()
            if pod := _hopeless_pod(shell, settings):
                shell.ask([*settings.kubectl, "--namespace", settings.namespace, "logs", pod, "--tail=20"])
                raise StepFailed(f"{pod} ends again and again", _look_at(f"logs {pod} --previous", settings))
            shell.say(_summary(shell, settings))
        time.sleep(POLL_S)


def hopeless(pods: str) -> str | None:
    """Return a pod that has started and ended more than `MOST_RESTARTS` times, from `kubectl get pods -o json`."""
    for pod in json.loads(pods)["items"]:
        for container in pod["status"].get("containerStatuses", ()):
            waiting = container["state"].get("waiting", {}).get("reason")
            if waiting == "CrashLoopBackOff" and container["restartCount"] > MOST_RESTARTS:
                return str(pod["metadata"]["name"])
    return None


def _hopeless_pod(shell: Shell, settings: Settings) -> str | None:
    pods = shell.ask([*settings.kubectl, "--namespace", settings.namespace, "get", "pods", "--output=json"])
    return hopeless(pods) if pods else None


def _look_at(words: str, settings: Settings) -> str:
    return f"{' '.join(settings.kubectl)} -n {settings.namespace} {words}"


def rollout(shell: Shell, settings: Settings) -> str | None:
    """Return which workload does not yet run as applied, None when all do: an old pod would answer for a new one."""
    kubectl = [*settings.kubectl, "--namespace", settings.namespace, "rollout", "status", "--watch=false"]
    for workload in WORKLOADS:
        said = shell.ask([*kubectl, workload])
        if said is None or not any(word in said for word in ROLLED_OUT):
            return said or f"{workload} cannot be asked for"
    return None


def round_trip(url: str) -> str | None:
    """Write a todo, read it back and remove it; return what went wrong, None when nothing did."""
    todos = f"{url}/api/todos"
    try:
        made = requests.post(todos, json={"title": "kube-flask is up"}, timeout=REQUEST_TIMEOUT_S)
        if made.status_code != 201:
            return f"POST answered {made.status_code}: {made.text[:200]}"
        path = f"{todos}/{made.json()['todo_id']}"
        read = requests.get(path, timeout=REQUEST_TIMEOUT_S)
        requests.delete(path, timeout=REQUEST_TIMEOUT_S)
    except requests.RequestException as error:
        return str(error)
    if read.status_code != 200 or read.json().get("title") != "kube-flask is up":
        return f"GET answered {read.status_code}: {read.text[:200]}"
    return None


def unfinished(pods: str) -> str:
    """Return the pods that are neither ready nor done, from `kubectl get pods --no-headers`."""
    rows = [line.split() for line in pods.splitlines()]
    open_ones = [
        f"{name} {state}" for name, ready, state, *_ in rows if state != "Completed" and is_part(ready)
    ]
    return (
        f"waiting for {', '.join(open_ones)}"
        if open_ones
        else "all pods are ready"
        if rows
        else "no pods yet"
    )


def is_part(ready: str) -> bool:
    """Tell whether `READY` as kubectl prints it, such as `0/1`, is less than all."""
    done, _, of = ready.partition("/")
    return done != of


def _summary(shell: Shell, settings: Settings) -> str:
    pods = (
        shell.ask([*settings.kubectl, "--namespace", settings.namespace, "get", "pods", "--no-headers"]) or ""
    )
    return unfinished(pods)


def _collect(shell: Shell, settings: Settings) -> None:
    """Leave in the log what a person would look at first; the pods come last, to be in the shown tail."""
    kubectl = [*settings.kubectl, "--namespace", settings.namespace]
    for name in ("postgres", "pgpool", "todo"):
        shell.ask([*kubectl, "logs", "--selector", f"app.kubernetes.io/name={name}", "--tail=10", "--prefix"])
    shell.ask([*kubectl, "get", "events", "--sort-by=.lastTimestamp"])
    shell.ask([*kubectl, "get", "pods", "--output=wide"])
