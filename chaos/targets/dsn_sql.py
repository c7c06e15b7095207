"""Questions to a PostgreSQL outside of any measurement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing

import psycopg2

from chaos.clients.postgres import Endpoint, Login, parameters
from chaos.targets.base import TargetError

__all__ = ["ask", "in_words", "recovering", "wait_replayed"]

CONNECT_S = 3
CAUGHT_UP_S = 20.0
"""For a standby to have replayed what its primary had written."""
RECOVERY = "SELECT pg_is_in_recovery()"
REPLAYED = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


def ask(
    endpoints: Sequence[Endpoint], login: Login, statement: str, *values: str
) -> list[tuple[object, ...]]:
    """Return the rows of one statement; of several endpoints the writable one's. Raises psycopg2.Error."""
    keywords = {**parameters(endpoints, login), "connect_timeout": CONNECT_S}
    with closing(psycopg2.connect(**keywords)) as conn, conn.cursor() as cur:
        cur.execute(statement, values or None)
        return list(cur.fetchall())


def recovering(endpoint: Endpoint, login: Login) -> bool:
    """Tell whether a server is a standby, or still starting. Raises psycopg2.Error."""
    return ask([endpoint], login, RECOVERY) == [(True,)]


def wait_replayed(endpoint: Endpoint, login: Login, written: str) -> None:
    """Wait until a standby has all that was written. Raises psycopg2.Error and TargetError."""
    deadline = time.monotonic() + CAUGHT_UP_S
    while recovering(endpoint, login) and ask([endpoint], login, REPLAYED, written) != [(True,)]:
        if time.monotonic() > deadline:
            where = f"{endpoint.host}:{endpoint.port}"
            raise TargetError(
                f"{where} has not replayed {written} within {CAUGHT_UP_S:g} s; is it streaming?"
            )
        time.sleep(0.1)


def in_words(error: psycopg2.Error) -> str:
    """Return an error as one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".")
