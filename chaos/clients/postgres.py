"""PostgreSQL as an attempt sees it: asynchronous connections, and what an error means for a write."""

from __future__ import annotations

import ipaddress
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, connection, cursor

from chaos.clients.workload import Wait
from chaos.events import Outcome

__all__ = [
    "DEADLINE",
    "Endpoint",
    "Login",
    "Servers",
    "connect",
    "execute",
    "explain",
    "outcome_of",
    "parameters",
]

DEADLINE = "deadline"
"""The error of an attempt that was given up: nobody answered in time."""
LONGEST_ERROR = 300


@dataclass(frozen=True)
class Endpoint:
    """Where a PostgreSQL (or a pooler) listens.

    `host` is a numeric address, or the folder of a Unix socket: a name may not resolve while something is broken,
    so whoever makes an endpoint resolves it first. `name` is what a server's certificate is checked against.
    """

    host: str
    port: int
    name: str = ""

    def __post_init__(self) -> None:
        if not self.host.startswith("/"):
            ipaddress.ip_address(self.host)


@dataclass(frozen=True)
class Login:
    """As whom to connect. `application_name` also chooses pgpool's route (todo-rw, todo-ro).

    `options` are further libpq keywords, such as sslmode.
    """

    user: str
    password: str = field(repr=False)
    database: str
    application_name: str
    options: Mapping[str, str] = field(default_factory=dict)


def parameters(endpoints: Sequence[Endpoint], login: Login) -> dict[str, Any]:
    """Return the keywords for libpq: of several endpoints it tries each, in this order, until one is writable."""
    return {
        **login.options,
        "host": ",".join(end.name or end.host for end in endpoints),
        "hostaddr": ",".join("" if end.host.startswith("/") else end.host for end in endpoints),
        "port": ",".join(str(end.port) for end in endpoints),
        "target_session_attrs": "read-write" if len(endpoints) > 1 else "any",
        "user": login.user,
        "password": login.password,
        "dbname": login.database,
        "application_name": login.application_name,
    }


def connect(
    endpoints: Sequence[Endpoint], login: Login, deadline: float
) -> Generator[Wait, bool, connection]:
    """Open a connection. Raises psycopg2.Error, and TimeoutError at the deadline; it is closed then."""
    conn: connection = psycopg2.connect(**parameters(endpoints, login), async_=1)
    try:
        yield from _settle(conn, deadline)
    except BaseException:
        conn.close()
        raise
    return conn


class Servers:
    """The endpoints of one client, in the order in which it asks them.

    Whoever let it write last comes first, as with drivers that know their servers (pgjdbc, targetServerType=primary):
    with a random order a client with few attempts finds a dead standby several times in a row and calls it a gap.
    Whoever came first in vain comes last.
    """

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._order = tuple(endpoints)

    def connect(self, login: Login, deadline: float) -> Generator[Wait, bool, connection]:
        """Open a connection. Raises psycopg2.Error, and TimeoutError at the deadline."""
        order = self._order
        try:
            conn = yield from connect(order, login, deadline)
        except (psycopg2.Error, TimeoutError):
            self._order = (*order[1:], order[0])
            raise
        reached = [
            end for end in order if (end.name or end.host, end.port) == (conn.info.host, conn.info.port)
        ]
        self._order = tuple(dict.fromkeys([*reached, *order]))
        return conn


def execute(cur: cursor, deadline: float, statement: str, *values: object) -> Generator[Wait, bool, None]:
    """Run one statement; its rows are the cursor's. Raises psycopg2.Error, and TimeoutError at the deadline."""
    cur.execute(statement, values or None)
    yield from _settle(cur.connection, deadline)


def _settle(conn: connection, deadline: float) -> Generator[Wait, bool, None]:
    # libpq may change its socket while it connects, so it is asked for each time.
    while (state := conn.poll()) != POLL_OK:
        if not (yield Wait(conn.fileno(), "read" if state == POLL_READ else "write", deadline)):
            raise TimeoutError(f"no answer from PostgreSQL in time ({conn.dsn})")


def explain(error: BaseException) -> str:
    """Return one line about what went wrong, SQLSTATE first where there is one."""
    if isinstance(error, TimeoutError):
        return DEADLINE
    state = error.pgcode if isinstance(error, psycopg2.Error) else None
    return f"{state or 'connection'}: {' '.join(str(error).split())}"[:LONGEST_ERROR]


def outcome_of(sqlstate: str | None, *, commit_sent: bool) -> Outcome:
    """Return what an error means.

    Before COMMIT was sent nothing can have been applied. After it, only the classes with which the server
    says that it rolled back (23 constraint, 40 rollback) are certain: a terminated wait for a standby
    (57P01) or a lost connection (no SQLSTATE) may well have been applied. 40003 says itself that nobody knows.
    """
    if not commit_sent:
        return "fail"
    rolled_back = sqlstate is not None and sqlstate[:2] in ("23", "40") and sqlstate != "40003"
    return "fail" if rolled_back else "unknown"
