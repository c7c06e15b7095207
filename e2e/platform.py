"""The platform as the tests see it, through the instrument's eyes."""

from __future__ import annotations

from contextlib import closing

import psycopg2

from chaos.clients.postgres import Endpoint, parameters
from chaos.deadlines import DEADLINES, eventually
from chaos.targets.kind import KindTarget
from chaos.targets.kind_health import Server

__all__ = ["primaries", "primary", "query", "successor", "wait_healthy"]

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


def successor(target: KindTarget, old: Server) -> Server:
    """Wait for another primary than the old one, and return it."""
    [new] = eventually(
        lambda: primaries(target),
        lambda seen: len(seen) == 1 and seen[0].name != old.name,
        within=DEADLINES.promoted,
    )
    return new


def query(
    target: KindTarget, endpoint: Endpoint, application_name: str, statement: str, *values: str
) -> list[tuple[object, ...]]:
    """Run one statement on a connection of its own and return its rows. Raises psycopg2.Error."""
    login = target.reach.clients.login(application_name)
    with closing(psycopg2.connect(**parameters([endpoint], login), connect_timeout=CONNECT_S)) as conn:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())
