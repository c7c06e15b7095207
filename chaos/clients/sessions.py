"""Connections that are opened before they are needed, and replaced when they break."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection

from chaos.clients.postgres import Endpoint, Login, Servers
from chaos.clients.workload import NOTHING, Chore, Wait

__all__ = ["Session", "Sessions"]

PAUSE_S = 0.2
"""Between two tries to open a session; one after the other, so that a server that comes back is not stormed."""


@dataclass
class Session:
    """One connection by its name; `conn` is None while it has yet to be opened."""

    name: str
    conn: connection | None = None


class Sessions:
    """Keeps `number` connections open; belongs to the generator's thread."""

    def __init__(
        self, name: str, number: int, endpoints: Sequence[Endpoint], login: Login, timeout_s: float
    ) -> None:
        self._number, self._timeout_s = number, timeout_s
        self._servers, self._login = Servers(endpoints), login
        self._name, self._made = name, 0
        self._idle: deque[Session] = deque()
        self._in_use = 0
        self._opener_works = False

    def take(self) -> Session:
        """Return the session that has rested longest, or a new one without a connection when none is open."""
        self._in_use += 1
        while self._idle:
            session = self._idle.popleft()
            if session.conn is not None and alive(session.conn):
                return session
            _close(session)
        return self._named()

    def open(self, deadline: float) -> Generator[Wait, bool, connection]:
        """Open a connection. Raises psycopg2.Error, and TimeoutError at the deadline."""
        return self._servers.connect(self._login, deadline)

    def give_back(self, session: Session) -> None:
        """Take a session back; one that is closed, or one too many, is dropped."""
        self._in_use -= 1
        usable = session.conn is not None and not session.conn.closed
        if usable and len(self._idle) + self._in_use < self._number:
            self._idle.append(session)
        else:
            _close(session)

    def chores(self) -> Sequence[Chore]:
        """Return the opening of what is missing, unless that is under way."""
        if self._opener_works or not self._missing():
            return ()
        self._opener_works = True
        return (self._opener(),)

    def _named(self, conn: connection | None = None) -> Session:
        session = Session(f"{self._name}-{self._made}", conn)
        self._made += 1
        return session

    def _missing(self) -> bool:
        return len(self._idle) + self._in_use < self._number

    def _opener(self) -> Chore:
        try:
            while self._missing():
                try:
                    conn = yield from self.open(time.monotonic() + self._timeout_s)
                except (psycopg2.Error, TimeoutError):
                    yield Wait(NOTHING, "read", time.monotonic() + PAUSE_S)
                else:
                    self._idle.append(self._named(conn))
        finally:
            self._opener_works = False

    def close(self) -> None:
        """Close what is open."""
        while self._idle:
            _close(self._idle.popleft())


def alive(conn: connection) -> bool:
    """Tell whether a resting connection still stands: one that the server closed stays readable for ever.

    Without this look every session that one fault broke would cost an attempt of its own.
    """
    try:
        for _ in range(2):
            # Not select(): it refuses descriptors from 1024 on.
            poller = select.poll()
            poller.register(conn.fileno(), select.POLLIN)
            if not poller.poll(0):
                return True
            conn.poll()
    except psycopg2.Error:
        pass
    return False


def _close(session: Session) -> None:
    if session.conn is not None:
        session.conn.close()
