"""What every member holds of a run, read when all have caught up with the primary."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg2

from chaos.clients import stored
from chaos.events import Present
from chaos.targets.base import TargetError
from chaos.targets.dsn_sql import ask, in_words, wait_replayed
from chaos.targets.kind_clients import Clients

__all__ = ["forget", "prepare", "present"]

KINDS: tuple[stored.Kind, ...] = ("ledger", "todos")
POLL_S = 0.5
WRITTEN = "SELECT pg_current_wal_lsn()"


def prepare(clients: Clients, within_s: float) -> None:
    """Make the ledger's table; a platform that is just recovering is waited for. Raises TargetError."""
    with _sentence("make the ledger"):
        _waiting(within_s, lambda: stored.prepare(clients.direct, clients.login()))


def forget(clients: Clients, mark: str, within_s: float) -> None:
    """Remove the ledger, and the todos whose titles begin with `<mark>-`: the platform may be somebody's.

    One that is just recovering is waited for. Raises TargetError when nobody takes writes.
    """
    with _sentence("remove the ledger and the todos of the runs"):
        _waiting(within_s, lambda: _forget(clients, mark))


def _forget(clients: Clients, mark: str) -> None:
    stored.forget(clients.direct, clients.login())
    stored.forget(clients.direct, clients.login(), mark, "todos")


def _waiting(within_s: float, call: Callable[[], None]) -> None:
    """Call until somebody takes it. Raises the last psycopg2.OperationalError when the time is over."""
    # Not tenacity: this runs in the cluster, too, where there is psycopg2 and requests only.
    deadline = time.monotonic() + within_s
    while True:
        try:
            return call()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_S)


def present(clients: Clients, run: str) -> Iterator[Present]:
    """Yield what every member has of a run, in the ledger and in the application's table.

    One that does not catch up is read as it is: whatever it lacks is lost there. Raises TargetError when one cannot be
    asked.
    """
    login = clients.login()
    with _sentence("read back what the members hold"):
        [(written,)] = ask(clients.direct, login, WRITTEN)
        for member in clients.members:
            with suppress(TargetError):
                wait_replayed(clients.of(member), login, str(written))
            for of in KINDS:
                at = time.monotonic()
                for values in stored.rows([clients.of(member)], login, run, of):
                    yield Present(member, of, at, tuple(values), last=False)
                yield Present(member, of, at, (), last=True)


@contextmanager
def _sentence(what: str) -> Iterator[None]:
    try:
        yield
    except psycopg2.Error as error:
        raise TargetError(f"Cannot {what}: {in_words(error)}. See `make status`.") from error
