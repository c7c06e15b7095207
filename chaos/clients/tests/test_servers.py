"""In which order a client asks several servers."""

from __future__ import annotations

import time
from collections.abc import Generator

import psycopg2

from chaos.clients.postgres import Endpoint, Servers
from chaos.clients.tests.driving import drive
from chaos.clients.workload import Wait
from chaos.conftest import Postgres, free_port


def test_who_let_it_in_is_asked_first_from_then_on(postgres: Postgres) -> None:
    dead = [Endpoint("127.0.0.1", free_port()) for _ in range(2)]
    servers = Servers([*dead, postgres.endpoint])
    drive(servers.connect(postgres.as_user("todo"), time.monotonic() + 5)).close()
    assert servers._order == (postgres.endpoint, *dead)


def test_who_failed_is_asked_last(postgres: Postgres) -> None:
    dead = [Endpoint("127.0.0.1", free_port()) for _ in range(2)]
    servers = Servers(dead)

    def try_once() -> Generator[Wait, bool, bool]:
        try:
            (yield from servers.connect(postgres.as_user("todo"), time.monotonic() + 5)).close()
        except psycopg2.OperationalError:
            return False
        return True

    assert not drive(try_once())
    assert servers._order == (dead[1], dead[0])
