"""The ledger over SQL: unique inserts, by fresh connections or by some that were opened before."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection

from chaos.clients.book import Book
from chaos.clients.postgres import DEADLINE, Endpoint, Login, Servers, execute, explain, outcome_of
from chaos.clients.sessions import Session, Sessions
from chaos.clients.stored import LEDGER
from chaos.clients.workload import Chore, Step, Task, Wait
from chaos.events import Attempt

__all__ = ["Ledger", "Probe", "SessionLedger"]

INSERT = f"INSERT INTO {LEDGER} (value) VALUES (%s) RETURNING current_setting('cluster_name')"
SPARE_SESSIONS = 4
"""Beyond those that can be blocked at once: for those that end a moment after their deadline."""


class Ledger:
    """Every attempt opens its own connection and inserts one unique value.

    rate: attempts a second. timeout_s: seconds from the connect to COMMIT's answer; then the socket is closed
    (never a cancel request: a cancelled wait for a standby reports success).
    """

    def __init__(
        self, name: str, rate: float, endpoints: Sequence[Endpoint], login: Login, timeout_s: float = 1.0
    ) -> None:
        self.name, self.rate, self.timeout_s = name, rate, timeout_s
        self._servers, self._login = Servers(endpoints), login
        self.book = Book()

    def task(self, run: str, number: int) -> Task:
        """Return the insert of the next value."""
        value = f"{run}-{self.name}-{number}"
        # All its connections are one client's: what that was acknowledged, its fresh reads must show.
        task = Task(value, "write", self.name, lambda: self._attempt(value))
        self.book.begun(task)
        return task

    def _attempt(self, value: str) -> Step:
        deadline, conn = time.monotonic() + self.timeout_s, None
        try:
            conn = yield from self._servers.connect(self._login, deadline)
            return (yield from insert(conn, value, deadline))
        except (psycopg2.Error, TimeoutError) as error:
            return Attempt("fail", explain(error))
        finally:
            if conn is not None:
                conn.close()

    def done(self, task: Task, attempt: Attempt) -> None:
        """Keep the books."""
        self.book.ended(task, attempt)

    def chores(self) -> Sequence[Chore]:
        """Return none."""
        return ()

    def close(self) -> None:
        """Do nothing: an attempt closes its own connection."""


class SessionLedger:
    """Inserts on connections that were opened before; one that breaks is replaced beside the schedule.

    sessions: how many; by default as many as can be blocked at once, and some. An attempt opens its own, within
    its `timeout_s`, only when none is open. The name of a session is its workload's and a number.
    """

    def __init__(
        self,
        name: str,
        rate: float,
        endpoints: Sequence[Endpoint],
        login: Login,
        timeout_s: float = 1.0,
        sessions: int | None = None,
    ) -> None:
        self.name, self.rate, self.timeout_s = name, rate, timeout_s
        number = sessions or math.ceil(rate * timeout_s) + SPARE_SESSIONS
        self._sessions = Sessions(name, number, endpoints, login, timeout_s)
        self._taken: dict[str, Session] = {}
        self.book = Book()

    def task(self, run: str, number: int) -> Task:
        """Return the insert of the next value, on the session that has rested longest."""
        value = f"{run}-{self.name}-{number}"
        session = self._taken[value] = self._sessions.take()
        task = Task(value, "write", session.name, lambda: self._attempt(value, session))
        self.book.begun(task)
        return task

    def _attempt(self, value: str, session: Session) -> Step:
        deadline = time.monotonic() + self.timeout_s
        try:
            conn = session.conn = session.conn or (yield from self._sessions.open(deadline))
        except (psycopg2.Error, TimeoutError) as error:
            return Attempt("fail", explain(error))
        attempt = yield from insert(conn, value, deadline)
        yield from roll_back(conn, deadline)
        return attempt

    def done(self, task: Task, attempt: Attempt) -> None:
        """Take the session back and keep the books."""
        self._sessions.give_back(self._taken.pop(task.value))
        self.book.ended(task, attempt)

    def chores(self) -> Sequence[Chore]:
        """Return the opening of what is missing."""
        return self._sessions.chores()

    def close(self) -> None:
        """Close all sessions."""
        for session in self._taken.values():
            self._sessions.give_back(session)
        self._sessions.close()


class Probe(SessionLedger):
    """Tries to write to one member on connections opened before: a deposed one must refuse.

    Of a standby every attempt fails with 25006. An acknowledgement names the server that gave it, by its own word: a
    door may lead elsewhere for a moment, and the member behind it is not to be blamed for what another one did.
    """

    def __init__(self, member: str, endpoint: Endpoint, login: Login, rate: float = 5.0) -> None:
        super().__init__(f"probe@{member}", rate, (endpoint,), login)


def insert(conn: connection, value: str, deadline: float) -> Step:
    """BEGIN, INSERT, COMMIT; on any error the connection is left as it is. Never raises because of the server."""
    commit_sent, server = False, ""
    try:
        conn.notices.clear()
        cur = conn.cursor()
        yield from execute(cur, deadline, "BEGIN")
        yield from execute(cur, deadline, INSERT, value)
        [(server,)] = cur.fetchall()
        commit_sent = True
        yield from execute(cur, deadline, "COMMIT")
    except TimeoutError:
        # Whoever gives up stops listening: a late answer must reach nobody.
        conn.close()
        return Attempt("unknown" if commit_sent else "fail", DEADLINE)
    except psycopg2.Error as error:
        return Attempt(outcome_of(error.pgcode, commit_sent=commit_sent), explain(error))
    # COMMIT of a transaction that had failed answers without an error, with another tag.
    if cur.statusmessage != "COMMIT":
        return Attempt("fail", f"COMMIT answered {cur.statusmessage}")
    # A cancelled wait for the standbys is acknowledged all the same, with a warning.
    return Attempt("ok", " ".join(conn.notices[-1].split()) if conn.notices else "", server)


def roll_back(conn: connection, deadline: float) -> Generator[Wait, bool, None]:
    """End what an error left open, so that the session can be used again; a session that cannot is closed."""
    try:
        if not conn.closed and conn.get_transaction_status() != TRANSACTION_STATUS_IDLE:
            yield from execute(conn.cursor(), deadline, "ROLLBACK")
    except (psycopg2.Error, TimeoutError):
        conn.close()
