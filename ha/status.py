"""`ha status`: every node's and every pool's own account in one table, and whether they make a healthy cluster."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from ha.call import call
from ha.settings import Settings

__all__ = ["Report", "addresses", "collect", "judge", "main", "render"]

TIMEOUT_S = 2.0
WIDTH = 140
Account = Mapping[str, Any]
"""The body of an agent's GET /status, or {"name", "error"} of one that could not be asked."""


@dataclass(frozen=True)
class Report:
    """What everybody answered, and one sentence for each thing that is wrong (none: healthy)."""

    nodes: tuple[Account, ...]
    pools: tuple[Account, ...]
    why: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """N nodes on one timeline, and the pools agree."""
        return not self.why

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"nodes": self.nodes, "pools": self.pools, "healthy": self.healthy, "why": self.why}


def judge(nodes: Sequence[Account], pools: Sequence[Account]) -> list[str]:
    """Why this is not a healthy cluster, one sentence each."""
    primaries = [node for node in nodes if node.get("role") == "primary"]
    names = [str(node["name"]) for node in primaries]
    why = []
    if not names:
        why.append("no node is primary")
    if len(names) > 1:
        why.append(f"{len(names)} nodes are primary: {', '.join(names)}")
    why += [sentence for node in nodes for sentence in _node(node, names)]
    timelines = {n["name"]: n.get("timeline") for n in nodes if n.get("role") in ("primary", "standby")}
    if len(set(timelines.values())) > 1:
        listed = ", ".join(f"{name} on {timeline}" for name, timeline in timelines.items())
        why.append(f"the nodes are on different timelines: {listed}")
    if not pools:
        why.append("no pgpool pod is known under the pools' name")
    why += [sentence for pool in pools for sentence in _pool(pool, nodes, names)]
    return why


def _node(node: Account, primaries: Sequence[str]) -> list[str]:
    name, role = node["name"], node.get("role")
    if "error" in node:
        return [f"node {name} is unreachable: {node['error']}"]
    if role not in ("primary", "standby"):
        return [f"node {name} is {role}"]
    source = node.get("receiving_from")
    if role == "standby" and not node.get("streaming"):
        return [f"node {name} is a standby and receives from nobody"]
    if role == "standby" and source and _short(source) not in primaries:
        return [f"node {name} receives from {_short(source)}, which is not the primary"]
    return []


def _pool(pool: Account, nodes: Sequence[Account], primaries: Sequence[str]) -> list[str]:
    name = pool["name"]
    if "error" in pool:
        return [f"pool {name} is unreachable: {pool['error']}"]
    why = []
    if pool.get("primary") is None:
        why.append(f"pool {name} has no primary")
    elif primaries and pool["primary"] not in primaries:
        why.append(f"pool {name} takes {pool['primary']} for the primary")
    elif pool.get("truth") not in (None, pool["primary"]):
        # With two primaries, the pool's word for the newer one counts.
        why.append(f"pool {name} takes {pool['primary']} for the primary, which is {pool['truth']}")
    backends = {backend["name"]: backend for backend in pool.get("backends", ())}
    for node in nodes:
        backend = backends.get(node["name"])
        if backend is None:
            why.append(f"pool {name} does not know {node['name']}")
        elif backend["status"] not in ("up", "waiting"):
            why.append(f"pool {name} has {node['name']} {backend['status']}")
    if pool.get("ready") is False:
        why.append(f"pool {name} answers no SQL: {pool.get('probe')}")
    return why


def _short(host: str) -> str:
    return host.split(".", 1)[0]


def collect(settings: Settings) -> Report:
    """Ask every member and every pool pod at the same time. Raises SettingsError without a read token."""
    settings.secrets.require("read_token")
    targets = [(member.name, member.host) for member in settings.members]
    pools = [(address, address) for address in addresses(settings.pools, settings.agent_port)]
    with ThreadPoolExecutor(len(targets) + len(pools)) as threads:
        answers = list(threads.map(lambda target: _ask(settings, *target), [*targets, *pools]))
    node_answers, pool_answers = answers[: len(targets)], answers[len(targets) :]
    pool_answers.sort(key=lambda pool: str(pool["name"]))
    return Report(tuple(node_answers), tuple(pool_answers), tuple(judge(node_answers, pool_answers)))


def addresses(host: str, port: int) -> list[str]:
    """Every address behind a headless Service's name; none when it does not resolve."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    return sorted({str(address[0]) for *_, address in found})


def _ask(settings: Settings, name: str, host: str) -> Account:
    try:
        answer = call("GET", settings, host, "status", TIMEOUT_S)
        answer.raise_for_status()
        body = answer.json()
    except (requests.RequestException, ValueError) as error:
        return {"name": name, "error": _reason(error)}
    return body if isinstance(body, dict) and "name" in body else {"name": name, "error": "not a status"}


def _reason(error: Exception) -> str:
    """A few words: requests' own texts are three lines of nested exceptions."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return f"no answer in {TIMEOUT_S:.0f} s"
    if "resol" in str(error) or "Name or service" in str(error):
        return "its name does not resolve"
    return "connection refused" if "refused" in str(error) else type(error).__name__


def render(report: Report, cluster: str, console: Console) -> None:
    """Print the table of nodes, one line per pool, and the verdict."""
    table = Table("Node", "Role", "State", "TL", "LSN", "Lag", "Sync", "Receives from", title=cluster)
    replicas = {
        replica["name"]: replica
        for node in report.nodes
        if node.get("role") == "primary"
        for replica in node.get("replicas", ())
    }
    for node in report.nodes:
        table.add_row(*_row(node, replicas.get(node["name"], {})))
    console.print(table)
    for pool in report.pools:
        console.print(_line(pool), highlight=False, markup=False)
    for sentence in report.why:
        console.print(f"✗ {sentence}", style="red", highlight=False, markup=False)
    if report.healthy:
        count = len(report.nodes)
        console.print(f"✓ healthy: {count} nodes on one timeline, the pools agree", style="green")


def _row(node: Account, replica: Account) -> list[str]:
    if "error" in node:
        return [node["name"], "?", f"[red]{node['error']}[/]", "", "", "", "", ""]
    role = node.get("role", "?")
    state = {"primary": "running", "standby": "streaming" if node.get("streaming") else "not streaming"}
    lag = replica.get("lag_bytes", node.get("lag_bytes"))
    sync = replica.get("sync_state") or node.get("sync_state") or ""
    return [
        node["name"],
        f"[bold green]{role}[/]" if role == "primary" else role,
        state.get(role, role),
        str(node.get("timeline") or ""),
        str(node.get("lsn") or ""),
        "" if lag is None or role == "primary" else f"{lag} B",
        sync if role == "standby" else "",
        _short(node.get("receiving_from") or ""),
    ]


def _line(pool: Account) -> str:
    if "error" in pool:
        return f"pool {pool['name']}: unreachable, {pool['error']}"
    backends = ", ".join(f"{b['name']} {b['status']} as {b['role']}" for b in pool.get("backends", ()))
    last = pool.get("last_action")
    did = f"; last {last['action']} {last['node']}".rstrip() + f" at {last['at']}" if last else ""
    # A lookup that fails now and then is no illness; a pool that says so for minutes explains one.
    doubt = "; cannot resolve the nodes' names" if pool.get("names_in_doubt") else ""
    return (
        f"pool {pool['name']}: primary {pool.get('primary') or 'none'}; {backends or 'no view'}{doubt}{did}"
    )


def main(settings: Settings, as_json: bool = False) -> int:
    """Print the cluster's state; 0 when it is healthy, else 1. Raises SettingsError."""
    report = collect(settings)
    if as_json:
        print(json.dumps(report.to_json(), indent=2))
    else:
        # Without a terminal rich assumes 80 columns, which breaks the rows that scripts and logs show.
        render(report, settings.cluster, Console(width=None if sys.stdout.isatty() else WIDTH))
    return 0 if report.healthy else 1
