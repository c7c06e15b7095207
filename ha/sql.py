"""SQL questions with a hard deadline, however the other side hangs."""

from __future__ import annotations

import select
import time
from contextlib import closing
from typing import Any

import psycopg2
import psycopg2.extensions

__all__ = ["Silence", "Talk", "ask"]

RENEW_S = 5.0
"""How long a session is asked again. A new one costs a server ten times what the question does, and only a new one
shows a server that lets nobody in any more."""


class Silence(OSError):
    """No row came back.

    answered: a server replied, if only with an error. ended: the session is over, instead of being silent.
    lost: a session that had stood was over, and no new one could be had.
    """

    def __init__(self, text: str, *, answered: bool = False, ended: bool = False) -> None:
        super().__init__(text)
        self.answered, self.ended, self.lost = answered, ended, False


def ask(sql: str, *, within_s: float, **dsn: Any) -> tuple[Any, ...]:
    """Connect, ask, and return the first row. Raises Silence.

    Give `hostaddr`, or an address as host: a name lookup is one blocking call of libpq, under no deadline.
    """
    with closing(Talk(renew_s=0)) as talk:
        return talk.ask(sql, within_s=within_s, **dsn)


class Talk:
    """Questions to one server over one session, for as long as that is answered in time and `renew_s` seconds."""

    def __init__(self, renew_s: float = RENEW_S) -> None:
        self._renew_s = renew_s
        self._session: psycopg2.extensions.connection | None = None
        self._dsn: dict[str, Any] = {}
        self._began = 0.0

    def close(self) -> None:
        """End the session; the next question begins another."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def ask(self, sql: str, *, within_s: float, **dsn: Any) -> tuple[Any, ...]:
        """Ask, and return the first row. Raises Silence, and then the session is over."""
        deadline = time.monotonic() + within_s
        if dsn != self._dsn or time.monotonic() - self._began > self._renew_s:
            self.close()
        old = self._session is not None
        try:
            return self._row(sql, deadline, dsn)
        except Silence as silence:
            self.close()
            # That an old session has ended says nothing about the server that is there now.
            if not (old and silence.ended):
                raise
        try:
            return self.ask(sql, within_s=deadline - time.monotonic(), **dsn)
        except Silence as silence:
            silence.lost = True
            raise

    def _row(self, sql: str, deadline: float, dsn: dict[str, Any]) -> tuple[Any, ...]:
        try:
            if self._session is None:
                self._dsn, self._began = dsn, time.monotonic()
                self._session = psycopg2.connect(async_=True, **dsn)
                _wait(self._session, deadline)
            cursor = self._session.cursor()
            cursor.execute(sql)
            _wait(self._session, deadline)
            row: tuple[Any, ...] | None = cursor.fetchone()
        except psycopg2.Error as error:
            text = " ".join(str(error).split())
            answered = "FATAL:" in text or error.pgcode is not None
            raise Silence(text, answered=answered, ended=True) from error
        if row is None:
            raise Silence("no row", answered=True)
        return row


def _wait(connection: psycopg2.extensions.connection, deadline: float) -> None:
    """Poll until the pending operation is done; raises Silence at the deadline."""
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        reads = [connection] if state == psycopg2.extensions.POLL_READ else []
        writes = [connection] if state == psycopg2.extensions.POLL_WRITE else []
        left = deadline - time.monotonic()
        if left <= 0 or not any(select.select(reads, writes, [], left)):
            raise Silence("no answer in time")
