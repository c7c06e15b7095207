"""The platform as the tests see it: who is primary, is it healthy, and the clients that use it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.http import Todos
from chaos.sql import TABLE, Ledger
from e2e.deadlines import DEADLINES, UNANSWERED, eventually
from e2e.doors import PGPOOL_PORT, TODO_PORT, node_port
from e2e.kube import Kube, Refused

__all__ = ["MARK", "Node", "Platform"]

MARK = "e2e-"
"""How the titles of all todos of the tests begin."""
LOOK_S = 2.0
"""For the answer of one server; one that is down may also be silent."""
# A standby may not call pg_current_wal_lsn(), not even in the branch that is not taken.
STATE = """
SELECT pg_is_in_recovery(), coalesce((SELECT received_tli FROM pg_stat_wal_receiver), 0)
"""
TIMELINE = "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"


@dataclass(frozen=True)
class Node:
    """A server's own account, by SQL and not by its agent."""

    name: str
    primary: bool
    timeline: int


@dataclass(frozen=True)
class Platform:
    """One running platform. `host` is the address of the node that no test breaks."""

    kube: Kube
    host: str
    members: tuple[str, ...]
    secrets: Mapping[str, str] = field(repr=False)
    manifests: Path

    def ledger(self, application_name: str = "todo-rw") -> Ledger:
        """The ledger through pgpool."""
        return self._ledger("pgpool", [PGPOOL_PORT], application_name=application_name)

    def direct(self) -> Ledger:
        """The ledger without pgpool: the client looks for the primary itself."""
        return self._ledger("direct", [node_port(pod) for pod in self.members])

    def ledger_of(self, pod: str) -> Ledger:
        """The ledger as one server has it."""
        return self._ledger(pod, [node_port(pod)])

    def _ledger(self, name: str, ports: list[int], *, application_name: str = "e2e") -> Ledger:
        return Ledger(
            tuple((self.host, port) for port in ports),
            "todo",
            self.secrets["todo-password"],
            "todo",
            application_name=application_name,
            name=name,
        )

    def todos(self) -> Todos:
        """The application."""
        return Todos(self.host, TODO_PORT)

    def forget(self) -> None:
        """Remove the ledger and the tests' todos: the platform may be somebody's."""
        self.ledger().query(f"DROP TABLE {TABLE}")
        self.ledger().query("DELETE FROM todos WHERE starts_with(title, %s)", MARK)

    def node(self, pod: str) -> Node:
        """Ask one server. Raises psycopg2.Error and TimeoutError."""
        endpoint = (self.host, node_port(pod))
        monitor = Ledger((endpoint,), "monitor", self.secrets["monitor-password"], "postgres", query_s=LOOK_S)
        [(in_recovery, timeline)] = monitor.query(STATE)
        if not in_recovery:
            [(timeline,)] = monitor.query(TIMELINE)
        return Node(pod, not in_recovery, int(str(timeline)))

    def nodes(self) -> list[Node]:
        """Ask every server."""
        return [self.node(pod) for pod in self.members]

    def primaries(self) -> list[Node]:
        """Return who says that it is primary; the silent are left out."""
        found = []
        for pod in self.members:
            with suppress(*UNANSWERED):
                found.append(self.node(pod))
        return [node for node in found if node.primary]

    def primary(self) -> Node:
        """Return the one primary. Raises AssertionError when there is none or there are two."""
        found = self.primaries()
        assert len(found) == 1, f"there must be one primary: {found}"
        return found[0]

    def status(self) -> dict[str, Any]:
        """Return what `ha status` says, asked in whichever pod answers. Raises Refused when none does."""
        script = "ha status --json || true"
        errors = []
        for pod in self.members:
            try:
                answer = self.kube("exec", pod, "--container=postgres", "--", "sh", "-c", script)
                return dict(json.loads(answer))
            except (Refused, ValueError, subprocess.TimeoutExpired) as error:
                errors.append(f"{pod}: {error}")
        raise Refused(1, ("exec", "ha", "status"), "", "; ".join(errors))

    def troubles(self) -> list[str]:
        """Return why this is not a healthy platform, one sentence each; empty is healthy.

        The agents' account (with the pools' views), the servers' own by SQL, and Kubernetes' count of the
        ready pods must all agree.
        """
        troubles = []
        for look in (self._agents, self._servers, self._workloads):
            try:
                troubles += look()
            except UNANSWERED as error:
                troubles.append(" ".join(f"{type(error).__name__}: {error}".split()))
        return troubles

    def _agents(self) -> list[str]:
        status = self.status()
        unknown = [] if len(status["nodes"]) == len(self.members) else [f"ha status knows {status['nodes']}"]
        return [*status["why"], *unknown]

    def _servers(self) -> list[str]:
        nodes = self.nodes()
        troubles = []
        if [node.primary for node in nodes].count(True) != 1:
            troubles.append(f"there must be one primary: {nodes}")
        if len({node.timeline for node in nodes}) != 1:
            troubles.append(f"the servers are on different timelines: {nodes}")
        return troubles

    def _workloads(self) -> list[str]:
        troubles = []
        for item in self.kube.get("statefulset/postgres", "deployment/pgpool", "deployment/todo"):
            wanted, status = item["spec"]["replicas"], item["status"]
            counts = {key: status.get(key, 0) for key in ("replicas", "readyReplicas", "updatedReplicas")}
            if set(counts.values()) != {wanted}:
                troubles.append(f"{item['metadata']['name']}: {counts}, wanted {wanted}")
        return troubles

    def wait_healthy(self) -> None:
        """Wait until nothing is wrong. Raises AssertionError with what still is."""
        eventually(self.troubles, lambda seen: not seen, within=DEADLINES.healthy)
