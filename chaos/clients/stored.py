"""The tables the clients write to: made before a run, read back after it, tidied at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Literal

import psycopg2
from psycopg2.extensions import connection

from chaos.clients.postgres import Endpoint, Login, parameters

__all__ = ["LEDGER", "Kind", "forget", "prepare", "rows"]

LEDGER = "chaos_ledger"
Kind = Literal["ledger", "todos"]
COLUMNS: dict[Kind, tuple[str, str]] = {"ledger": (LEDGER, "value"), "todos": ("todos", "title")}
# No unique constraint: a value that was written twice must be seen, not refused. The index is for the readers;
# with the collation it serves prefixes, too. That it is there is asked first: to ask by CREATE INDEX waits for every
# insert under way, and one that no standby confirms never ends.
READY = f"SELECT to_regclass('{LEDGER}_value') IS NOT NULL"
CREATE = f"""
CREATE TABLE IF NOT EXISTS {LEDGER} (value text COLLATE "C" NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS {LEDGER}_value ON {LEDGER} (value)
"""
CHUNK = 10_000
"""Rows at a time: one line of a history holds them, and a million rows are never in memory at once."""
CONNECT_S = 5
QUERY_MS = 60_000


def _connect(endpoints: Sequence[Endpoint], login: Login) -> connection:
    keywords = parameters(endpoints, login)
    options = f"{keywords.get('options', '')} -c statement_timeout={QUERY_MS}".strip()
    conn: connection = psycopg2.connect(**{**keywords, "connect_timeout": CONNECT_S, "options": options})
    return conn


def _run(endpoints: Sequence[Endpoint], login: Login, statement: str, *values: str) -> None:
    with closing(_connect(endpoints, login)) as conn, conn, conn.cursor() as cur:
        cur.execute(statement, values or None)


def prepare(endpoints: Sequence[Endpoint], login: Login) -> None:
    """Make the ledger's table where it is missing. Raises psycopg2.Error."""
    with closing(_connect(endpoints, login)) as conn, conn, conn.cursor() as cur:
        cur.execute(READY)
        if cur.fetchall() == [(False,)]:
            cur.execute(CREATE)


def forget(endpoints: Sequence[Endpoint], login: Login, run: str | None = None, of: Kind = "ledger") -> None:
    """Remove the rows of a run; without a run, the ledger's table. Raises psycopg2.Error.

    Raises ValueError for all rows of a table that is not the ledger: it may hold somebody's own.
    """
    table, column = COLUMNS[of]
    if run is not None:
        _run(endpoints, login, f"DELETE FROM {table} WHERE starts_with({column}, %s)", f"{run}-")
    elif of == "ledger":
        _run(endpoints, login, f"DROP TABLE IF EXISTS {table}")
    else:
        raise ValueError(f"only a run's own rows may be removed from {table}; name the run")


def rows(endpoints: Sequence[Endpoint], login: Login, run: str, of: Kind = "ledger") -> Iterator[list[str]]:
    """Yield what is stored of a run, duplicates included, in lists of at most CHUNK. Raises psycopg2.Error.

    What is read is one snapshot. Asked through several endpoints, it is the writable one's.
    """
    table, column = COLUMNS[of]
    with closing(_connect(endpoints, login)) as conn, conn.cursor(name="chaos_rows") as cur:
        cur.execute(f"SELECT {column} FROM {table} WHERE starts_with({column}, %s)", (f"{run}-",))
        while chunk := cur.fetchmany(CHUNK):
            yield [value for (value,) in chunk]
