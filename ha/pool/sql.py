"""One SQL question with a hard deadline, however the other side hangs."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg2
import psycopg2.extensions

__all__ = ["Silence", "ask"]


class Silence(OSError):
    """No row came back; `answered` tells whether a server replied at all, if only with an error."""

    def __init__(self, text: str, *, answered: bool = False) -> None:
        super().__init__(text)
        self.answered = answered


def ask(sql: str, *, within_s: float, **dsn: Any) -> tuple[Any, ...]:
    """Connect, ask, and return the first row. Raises Silence.

    Give `hostaddr`, or an address as host: a name lookup is one blocking call of libpq, under no deadline.
    """
    deadline = time.monotonic() + within_s
    connection = None
    try:
        connection = psycopg2.connect(async_=True, **dsn)
        _wait(connection, deadline)
        cursor = connection.cursor()
        cursor.execute(sql)
        _wait(connection, deadline)
        row: tuple[Any, ...] | None = cursor.fetchone()
    except psycopg2.Error as error:
        text = " ".join(str(error).split())
        raise Silence(text, answered="FATAL:" in text or error.pgcode is not None) from error
    finally:
        if connection is not None:
            connection.close()
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
