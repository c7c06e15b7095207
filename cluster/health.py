"""Is the cluster that stands one to go on with? Facts are gathered by a thin loop, judged by a pure function."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from cluster.settings import Settings
from cluster.shell import Shell

PATIENCE_S = 60.0
"""How long a cluster whose addresses are right may take to answer: a loaded machine, a node that restarts."""


class Verdict(Enum):
    """What to do with the cluster."""

    ABSENT = "absent"
    HEALTHY = "healthy"
    WAIT = "wait"
    BROKEN = "broken"


@dataclass(frozen=True)
class Facts:
    """What was seen of a cluster."""

    running: Mapping[str, bool]
    """Every container of the cluster: does it run?"""
    addresses: Mapping[str, str]
    """The containers' addresses now."""
    known_addresses: Mapping[str, str]
    """The addresses after creation, which certificates and routes carry; empty when creation did not end."""
    ready: Mapping[str, bool] | None
    """Every node the API lists: is it Ready? None when the API does not answer."""
    service_answers: Mapping[str, bool]
    """On every node: does the API answer through its Service address?"""


def judge(expected: frozenset[str], facts: Facts) -> tuple[Verdict, str]:
    """Return what to do with the cluster, and the reason in a few words."""
    if not facts.running:
        return Verdict.ABSENT, "there is none"
    if set(facts.running) != expected:
        return Verdict.BROKEN, f"it has {len(facts.running)} nodes, not {len(expected)}"
    if not facts.known_addresses:
        return Verdict.BROKEN, "its creation was interrupted"
    stopped = sorted(n for n, runs in facts.running.items() if not runs)
    if stopped:
        return Verdict.BROKEN, f"{', '.join(stopped)} does not run"
    if facts.addresses != facts.known_addresses:
        return Verdict.BROKEN, "docker gave its nodes other addresses when it restarted them"
    if facts.ready is None:
        return Verdict.WAIT, "its API does not answer"
    unready = sorted(n for n in expected if not facts.ready.get(n))
    if unready:
        return Verdict.WAIT, f"{', '.join(unready)} is not Ready"
    deaf = sorted(n for n in expected if not facts.service_answers.get(n))
    if deaf:
        return Verdict.WAIT, f"Services do not answer on {', '.join(deaf)}"
    return Verdict.HEALTHY, "every node is Ready and Services answer"


def parse_ready(nodes: str) -> dict[str, bool]:
    """Return node name → Ready from `kubectl get nodes -o json`."""
    return {
        node["metadata"]["name"]: any(
            c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", ())
        )
        for node in json.loads(nodes)["items"]
    }


def containers(shell: Shell, settings: Settings) -> dict[str, tuple[bool, str]]:
    """Return the cluster's containers: name → (runs, address)."""
    label = f"label=io.x-k8s.kind.cluster={settings.name}"
    names = (shell.ask(["docker", "ps", "--all", "--filter", label, "--format", "{{.Names}}"]) or "").split()
    if not names:
        return {}
    words = "{{.Name}} {{.State.Running}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    lines = (shell.ask(["docker", "inspect", "--format", words, *names]) or "").splitlines()
    rows = [line.split() for line in lines]
    return {row[0].lstrip("/"): (row[1] == "true", row[2] if len(row) > 2 else "") for row in rows}


def look(shell: Shell, settings: Settings, known_addresses: Mapping[str, str]) -> Facts:
    """Gather the facts, each within seconds."""
    seen = containers(shell, settings)
    ready, answers = None, {}
    if seen and settings.kubeconfig.exists():
        nodes = shell.ask(
            [*settings.kubectl, "--request-timeout=5s", "get", "nodes", "-o", "json"], timeout_s=10
        )
        ready = parse_ready(nodes) if nodes else None
    if ready is not None:
        first_address = settings.service_subnet.rsplit(".", 1)[0] + ".1"
        probe = ["curl", "--silent", "--insecure", "--max-time", "3", f"https://{first_address}/readyz"]
        answers = {name: shell.ask(["docker", "exec", name, *probe], timeout_s=10) == "ok" for name in seen}
    return Facts(
        running={name: runs for name, (runs, _) in seen.items()},
        addresses={name: address for name, (_, address) in seen.items()},
        known_addresses=known_addresses,
        ready=ready,
        service_answers=answers,
    )


def settle(shell: Shell, settings: Settings, known_addresses: Mapping[str, str]) -> tuple[Verdict, str]:
    """Look until the cluster is judged without doubt, for at most `PATIENCE_S`; a doubt that stays is `BROKEN`."""
    expected = frozenset(settings.nodes)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        verdict, reason = judge(expected, look(shell, settings, known_addresses))
        if verdict is not Verdict.WAIT:
            return verdict, reason
        if time.monotonic() > deadline:
            return Verdict.BROKEN, f"{reason}, for {PATIENCE_S:.0f} s"
        time.sleep(1)
