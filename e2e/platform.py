"""The platform as the tests see it, through the instrument's eyes."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg2

from chaos.clients.postgres import Endpoint, parameters
from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from chaos.targets.kind_health import Server
from chaos.waiting import eventually
from e2e.kubectl import Kubectl

__all__ = ["nobody_leads", "primaries", "primary", "psql", "query", "successor", "wait_healthy"]

CONNECT_S = 5


def wait_healthy(target: KindTarget) -> None:
    """Wait until nothing is wrong. Raises AssertionError with what still is."""
    eventually(target.troubles, lambda seen: not seen, within=DEADLINES.healthy)


def primaries(target: KindTarget) -> list[Server]:
    """Return who says that it is primary."""
    return [server for server in target.reach.looker.servers() if server.role == "primary"]


def primary(target: KindTarget) -> Server:
    """Return the one primary. Raises AssertionError when there is none or there are two."""
    found = primaries(target)
    assert len(found) == 1, f"there must be one primary: {found}"
    return found[0]


def nobody_leads(target: KindTarget, seconds: float) -> None:
    """Look again and again for so long, and raise AssertionError when anybody says that it is primary."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert primaries(target) == []


def successor(target: KindTarget, old: Server, within: float = DEADLINES.promoted) -> Server:
    """Wait for another primary than the old one, and return it. Raises AssertionError when there is none in time."""
    [new] = eventually(
        lambda: primaries(target),
        lambda seen: len(seen) == 1 and seen[0].name != old.name,
        within=within,
    )
    return new


def query(
    target: KindTarget, endpoint: Endpoint, application_name: str, statement: str, *values: str
) -> list[tuple[object, ...]]:
    """Run statements on a connection of its own and return the rows of the last one. Raises psycopg2.Error."""
    login = target.reach.clients.login(application_name)
    with closing(psycopg2.connect(**parameters([endpoint], login), connect_timeout=CONNECT_S)) as conn:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []


def psql(kubectl: Kubectl, pod: str, *statements: str, database: str = "postgres") -> list[str]:
    """Run statements in one session of the superuser in a member's own pod; return the words they print.

    Raises Refused.
    """
    login = ("--host=/run/postgresql", "--username=postgres", f"--dbname={database}")
    commands = [f"--command={statement}" for statement in statements]
    return kubectl("exec", pod, "--container=postgres", "--", "psql", *login, "-qAt", *commands).split()
