"""One connection that is asked again and again: opened anew when it broke, never waited for longer than said."""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection

from chaos.clients.postgres import Endpoint, Login, connect, execute
from chaos.clients.workload import Wait

__all__ = ["Line", "Unanswered"]

INTEREST = {"read": select.POLLIN, "write": select.POLLOUT}
T = TypeVar("T")


class Unanswered(Exception):
    """No rows came; a few words say why."""


@dataclass
class Line:
    """A line to one server; used by one thread at a time."""

    endpoint: Endpoint
    login: Login
    within_s: float = 1.0
    """For each question, connecting included."""
    _connection: connection | None = field(default=None, init=False, repr=False)

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows. Raises Unanswered, after which the next question opens a new connection."""
        deadline = time.monotonic() + self.within_s
        try:
            if self._connection is None:
                self._connection = _wait_for(connect([self.endpoint], self.login, deadline))
            cursor = self._connection.cursor()
            _wait_for(execute(cursor, deadline, question, *values))
            return cursor.fetchall()
        except TimeoutError:
            self.close()
            raise Unanswered(f"no answer in {self.within_s:g} s") from None
        except psycopg2.Error as error:
            self.close()
            # The first line is libpq's reason, the rest its advice.
            raise Unanswered(next(iter(str(error).strip().splitlines()), type(error).__name__)) from error

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


def _wait_for(steps: Generator[Wait, bool, T]) -> T:
    """Do what the generator's loop does, for one step and in the caller's thread."""
    try:
        wait = next(steps)
        while True:
            wait = steps.send(_came(wait))
    except StopIteration as end:
        result: T = end.value
        return result


def _came(wait: Wait) -> bool:
    poller = select.poll()
    poller.register(wait.fd, INTEREST[wait.interest])
    left = wait.deadline - time.monotonic()
    return left > 0 and bool(poller.poll(left * 1000))
