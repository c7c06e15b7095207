"""Reads of what a ledger wrote, by fresh connections."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import psycopg2

from chaos.clients.book import Book
from chaos.clients.postgres import Endpoint, Login, connect, execute, explain
from chaos.clients.stored import LEDGER
from chaos.clients.workload import Chore, Step, Task
from chaos.events import Attempt

__all__ = ["LedgerReads"]

LOOK = f"SELECT current_setting('cluster_name'), EXISTS (SELECT FROM {LEDGER} WHERE value = %s)"


class Written(Protocol):
    """A workload whose writes can be looked for."""

    book: Book


class LedgerReads:
    """Looks in turn for the newest acknowledged value of `of`, and for one that has no acknowledgement (yet).

    fresh: the endpoint promises to show whatever `of` was acknowledged before; such a read counts as one of the
    session that wrote the value. The other reads only tell what was shown, or how stale a standby is.
    """

    def __init__(
        self,
        name: str,
        rate: float,
        endpoints: Sequence[Endpoint],
        login: Login,
        of: Written,
        fresh: bool = False,
        timeout_s: float = 1.0,
    ) -> None:
        self.name, self.rate, self.timeout_s = name, rate, timeout_s
        self._endpoints, self._login = tuple(endpoints), login
        self._book, self._fresh = of.book, fresh

    def task(self, run: str, number: int) -> Task | None:
        """Return the next look, None while nothing was written."""
        unsettled = self._book.unsettled if number % 2 else None
        wanted = unsettled or self._book.acknowledged
        if wanted is None:
            return None
        value = wanted.value
        session = wanted.session if self._fresh else ""
        return Task(value, "read", session, lambda: self._attempt(value), fresh=self._fresh)

    def _attempt(self, value: str) -> Step:
        deadline, conn = time.monotonic() + self.timeout_s, None
        try:
            conn = yield from connect(self._endpoints, self._login, deadline)
            cur = conn.cursor()
            if self._fresh:
                # As the application does: a standby, to which a pgpool without a primary may send it, refuses this.
                yield from execute(cur, deadline, "BEGIN READ WRITE")
            yield from execute(cur, deadline, LOOK, value)
            [(server, found)] = cur.fetchall()
        except (psycopg2.Error, TimeoutError) as error:
            return Attempt("fail", explain(error))
        finally:
            if conn is not None:
                conn.close()
        return Attempt("ok", server=server, found=found)

    def done(self, task: Task, attempt: Attempt) -> None:
        """Keep nothing."""

    def chores(self) -> Sequence[Chore]:
        """Return none."""
        return ()

    def close(self) -> None:
        """Do nothing: an attempt closes its own connection."""
