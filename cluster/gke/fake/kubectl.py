"""The program named `kubectl`: the real one on the kind cluster behind the fake, else a pretended platform."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cluster.gke.fake import kindside, platform
from cluster.gke.fake.failures import next_failure
from cluster.gke.fake.state import PROJECT, State, opened

Options = Mapping[str, str]
SEPARATE = frozenset({"--namespace", "--filename", "--output", "--selector", "--patch"})
"""Options whose value may be the next word."""
ROLLED_OUT = {
    "statefulset/postgres": "partitioned roll out complete: 3 new pods have been updated...",
    "deployment/pgpool": 'deployment "pgpool" successfully rolled out',
    "deployment/todo": 'deployment "todo" successfully rolled out',
}
POLLS = 2
"""How often the Service is asked for before its load balancer has an address."""


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    words, options = _split(arguments)
    with opened() as state:
        state["calls"].append(["kubectl", *arguments])
        if failure := next_failure("kubectl " + " ".join(words), state["failures"]):
            print(failure["says"], file=sys.stderr)
            return 1
    if kindside.source() is not None:
        if words[:3] == ["get", "service", "todo"]:
            kindside.balanced()
        os.execv(kindside.KUBECTL, [str(kindside.KUBECTL), *arguments])
    if problem := _unreachable(options):
        print(problem, file=sys.stderr)
        return 1
    with opened() as state:
        for depth in (3, 2, 1):
            if answer := ANSWERS.get(" ".join(words[:depth])):
                said = answer(state, words, options)
                print(said, end="" if said.endswith("\n") or not said else "\n")
                return 0
    print(f'error: unknown command "{" ".join(words)}"', file=sys.stderr)
    return 1


def _split(arguments: Sequence[str]) -> tuple[list[str], Options]:
    """Return the words and the options with their values."""
    words: list[str] = []
    options: dict[str, str] = {}
    rest = iter(arguments)
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            words.append(word)
        else:
            options[name] = value if equals else next(rest, "") if name in SEPARATE else ""
    return words, options


def _unreachable(options: Options) -> str | None:
    """Return why kubectl cannot work: no such context in the kubeconfig, or no such cluster any more."""
    file = Path(
        options.get("--kubeconfig") or os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config"
    )
    config = json.loads(file.read_text()) if file.is_file() else {"contexts": []}
    names = [context["name"] for context in config["contexts"]]
    context = options.get("--context") or config.get("current-context", "")
    if context not in names:
        return f'error: context "{context}" does not exist'
    with opened() as state:
        cluster = state["clusters"].get(context.rpartition("_")[2])
    if cluster is None or cluster["status"] != "RUNNING":
        return "Unable to connect to the server: dial tcp 203.0.113.7:443: i/o timeout"
    return None


def _apply(state: State, words: Sequence[str], options: Options) -> str:
    files = sorted(Path(options["--filename"]).glob("*.yaml"))
    state["kube"] |= {"applied": True, "service": True}
    for index, zone in enumerate("aba"):
        # Volumes are provisioned once per claim: applying again makes none.
        name = f"pvc-{index}"
        if name not in state["kube"]["volumes"]:
            full = f"us-central1-{zone}"
            state["kube"]["volumes"][name] = {"disk": name, "zone": full, "policy": "Delete"}
            state["disks"][name] = {"name": name, "zone": full, "sizeGb": "20", "labels": {}}
    return "".join(f"{file.stem} serverside-applied\n" for file in files)


def _service(state: State, words: Sequence[str], options: Options) -> str:
    state["kube"]["asked"] += 1
    ready = state["kube"]["asked"] > POLLS
    ingress = {"ingress": [{"ip": "127.0.0.1"}]} if ready else {}
    return json.dumps(
        {"spec": {"ports": [{"port": state["todo_port"]}]}, "status": {"loadBalancer": ingress}}
    )


def _volumes(state: State, words: Sequence[str], options: Options) -> str:
    items: list[dict[str, Any]] = []
    for name, volume in state["kube"]["volumes"].items():
        handle = f"projects/{PROJECT}/zones/{volume['zone']}/disks/{volume['disk']}"
        spec = {
            "capacity": {"storage": "20Gi"},
            "csi": {"driver": "pd.csi.storage.gke.io", "volumeHandle": handle},
            "claimRef": {"namespace": "kube-flask"},
            "persistentVolumeReclaimPolicy": volume["policy"],
        }
        items.append({"metadata": {"name": name}, "spec": spec})
    return json.dumps({"items": items})


def _patch(state: State, words: Sequence[str], options: Options) -> str:
    patch = json.loads(options["--patch"])
    state["kube"]["volumes"][words[2]]["policy"] = patch["spec"]["persistentVolumeReclaimPolicy"]
    return f"persistentvolume/{words[2]} patched"


def _unserved(state: State, words: Sequence[str], options: Options) -> str:
    state["kube"]["service"] = False
    return 'service "todo" deleted'


def _pods(state: State, words: Sequence[str], options: Options) -> str:
    if options.get("--output") == "json" and "--selector" not in options:
        return platform.pods(state)
    told = {"json": json.dumps({"items": []}), "name": ""}
    return told.get(options.get("--output", ""), "postgres-0 1/1 Running 0 1m")


ANSWERS: dict[str, Callable[[State, Sequence[str], Options], str]] = {
    "version": lambda state, words, options: json.dumps(
        {"serverVersion": {"gitVersion": "v1.35.3-gke.1234000"}}
    ),
    "apply": _apply,
    "get statefulset postgres": lambda state, words, options: "3" if state["kube"]["applied"] else "",
    "get service todo": _service,
    "get pv": _volumes,
    "get pods": _pods,
    "get nodes": lambda state, words, options: platform.nodes(state),
    "get statefulsets,deployments": lambda state, words, options: platform.workloads(),
    "get configmap ha": lambda state, words, options: platform.settings(),
    "exec": lambda state, words, options: platform.status(),
    "patch pv": _patch,
    "delete service": _unserved,
    "rollout status": lambda state, words, options: ROLLED_OUT[words[2]],
}
