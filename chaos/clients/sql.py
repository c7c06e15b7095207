"""The ledger over SQL: every attempt opens its own connection and inserts one unique value."""

from __future__ import annotations

import ipaddress
import select
import time
from dataclasses import dataclass, field

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection, cursor

from chaos.ops import Attempt, Outcome

__all__ = ["DEADLINE", "TABLE", "Ledger", "outcome_of"]

DEADLINE = "deadline"
"""The error of an attempt that was given up: nobody answered in time."""
TABLE = "chaos_ledger"
# No unique constraint: a value that was written twice must be seen, not refused.
CREATE = f"CREATE TABLE IF NOT EXISTS {TABLE} (value text NOT NULL, at timestamptz NOT NULL DEFAULT now())"


def outcome_of(sqlstate: str | None, *, commit_sent: bool) -> Outcome:
    """Return what an error means.

    Before COMMIT was sent nothing can have been applied. After it, only the classes with which the server
    says that it rolled back (23 constraint, 40 rollback) are certain: a terminated wait for a standby
    (57P01) or a lost connection (no SQLSTATE) may well have been applied.
    """
    if not commit_sent:
        return "fail"
    return "fail" if sqlstate is not None and sqlstate[:2] in ("23", "40") else "unknown"


@dataclass(frozen=True)
class Ledger:
    """Unique inserts by fresh connections.

    `endpoints` are pairs of a numeric address (a name may not resolve) and a port. Of several, libpq tries
    each in random order until one is writable: that is the direct way to whoever is primary.
    `timeout_s` bounds an attempt, `query_s` what is no measurement: preparing and reading back.
    """

    endpoints: tuple[tuple[str, int], ...]
    user: str
    password: str = field(repr=False)
    database: str
    application_name: str = "todo-rw"
    timeout_s: float = 1.0
    query_s: float = 30.0
    name: str = "ledger"

    def __post_init__(self) -> None:
        for host, _ in self.endpoints:
            ipaddress.ip_address(host)

    def _connect(self) -> connection:
        return psycopg2.connect(
            host=",".join(host for host, _ in self.endpoints),
            port=",".join(str(port) for _, port in self.endpoints),
            target_session_attrs="read-write" if len(self.endpoints) > 1 else "any",
            load_balance_hosts="random",
            user=self.user,
            password=self.password,
            dbname=self.database,
            application_name=self.application_name,
            async_=1,
        )

    def prepare(self) -> None:
        """Create the table when it is missing. Raises as `query` does."""
        self.query(CREATE)

    def values(self, run: str) -> list[str]:
        """Return what is stored of a run, duplicates included. Raises as `query` does."""
        rows = self.query(f"SELECT value FROM {TABLE} WHERE starts_with(value, %s)", f"{run}-")
        return [str(row[0]) for row in rows]

    def query(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        """Run one statement on a connection of its own and return its rows.

        Raises psycopg2.Error, and TimeoutError after `query_s`.
        """
        deadline = time.monotonic() + self.query_s
        conn = self._connect()
        try:
            _wait(conn, deadline)
            cur = conn.cursor()
            _run(cur, deadline, statement, *values)
            return cur.fetchall() if cur.description else []
        finally:
            conn.close()

    def attempt(self, value: str) -> Attempt:
        """Insert `value` once: connect, BEGIN, INSERT, COMMIT within `timeout_s`, else close the socket."""
        deadline = time.monotonic() + self.timeout_s
        commit_sent, conn = False, None
        try:
            conn = self._connect()
            _wait(conn, deadline)
            cur = conn.cursor()
            _run(cur, deadline, "BEGIN")
            _run(cur, deadline, f"INSERT INTO {TABLE} (value) VALUES (%s)", value)
            commit_sent = True
            _run(cur, deadline, "COMMIT")
        except TimeoutError:
            return Attempt("unknown" if commit_sent else "fail", DEADLINE)
        except psycopg2.Error as error:
            text = f"{error.pgcode or 'connection'}: {' '.join(str(error).split())}"
            return Attempt(outcome_of(error.pgcode, commit_sent=commit_sent), text[:300])
        finally:
            if conn is not None:
                conn.close()
        # COMMIT of a transaction that had failed answers without an error, with another tag.
        if cur.statusmessage != "COMMIT":
            return Attempt("fail", f"COMMIT answered {cur.statusmessage}")
        return Attempt("ok")


def _run(cur: cursor, deadline: float, statement: str, *values: str) -> None:
    cur.execute(statement, values or None)
    _wait(cur.connection, deadline)


def _wait(conn: connection, deadline: float) -> None:
    while (state := conn.poll()) != POLL_OK:
        interest = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}[state]
        remaining = deadline - time.monotonic()
        # libpq may change its socket while it connects, so it is registered anew each time.
        poller = select.poll()
        poller.register(conn.fileno(), interest)
        if remaining <= 0 or not poller.poll(remaining * 1000):
            raise TimeoutError(f"no answer from PostgreSQL in time ({conn.dsn})")
