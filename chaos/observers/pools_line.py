"""One connection that is asked again and again: opened anew when it broke, never waited for longer than said."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection

__all__ = ["Line", "Unanswered"]

INTEREST = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}


class Unanswered(Exception):
    """No rows came; a few words say why."""


@dataclass
class Line:
    """A line to one server at a numeric address; used by one thread at a time."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    within_s: float = 1.0
    """For connecting, and again for each question."""
    _connection: connection | None = field(default=None, init=False, repr=False)

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows. Raises Unanswered, after which the next question opens a new connection."""
        deadline = time.monotonic() + self.within_s
        try:
            if self._connection is None:
                self._connection = self._open()
                _wait(self._connection, deadline)
            cursor = self._connection.cursor()
            cursor.execute(question, values or None)
            _wait(self._connection, deadline)
            return cursor.fetchall()
        except TimeoutError:
            self.close()
            raise Unanswered(f"no answer in {self.within_s:g} s") from None
        except psycopg2.Error as error:
            self.close()
            # The first line is libpq's reason, the rest its advice.
            raise Unanswered(next(iter(str(error).strip().splitlines()), type(error).__name__)) from error

    def _open(self) -> connection:
        # async_: whatever hangs on the other side, poll() gives the word back.
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
            application_name="kube-flask-chaos",
            async_=1,
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        broken, self._connection = self._connection, None
        if broken is not None:
            broken.close()

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _wait(conn: connection, deadline: float) -> None:
    while (state := conn.poll()) != POLL_OK:
        poller = select.poll()
        # libpq may change its socket while it connects, so it is registered anew each time.
        poller.register(conn.fileno(), INTEREST[state])
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise TimeoutError
