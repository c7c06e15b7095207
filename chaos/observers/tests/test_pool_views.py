import socket
from collections.abc import Iterator

import pytest

from chaos.clients.postgres import Endpoint, Login
from chaos.observers.pools import look, view_of
from chaos.observers.pools_line import Line, Unanswered

HOST = "{}.postgres.kube-flask.svc.cluster.local"
ROWS = [
    ("0", HOST.format("postgres-0"), "5432", "down", "standby", "..."),
    ("1", HOST.format("postgres-1"), "5432", "up", "primary", "..."),
]


@pytest.fixture
def silent() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def line(port: int) -> Line:
    return Line(Endpoint("127.0.0.1", port), Login("monitor", "", "postgres", "test"), within_s=0.2)


def test_a_view_names_the_members() -> None:
    view = view_of("pgpool-a", 7.0, ROWS)
    assert (view.pod, view.at, view.error) == ("pgpool-a", 7.0, "")
    assert view.status == {"postgres-0": "down", "postgres-1": "up"}
    assert view.primary == "postgres-1"


def test_a_pool_that_hangs_is_waited_for_no_longer_than_said(silent: int) -> None:
    assert look("pgpool-a", line(silent)).error == "no answer in 0.2 s"


def test_a_pool_that_is_not_there_is_an_error_in_the_view() -> None:
    view = look("pgpool-a", line(1))
    assert "refused" in view.error
    assert (view.status, view.primary) == ({}, None)


def test_a_broken_line_is_opened_anew() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, line(server.getsockname()[1]) as asked:
        callers = []
        for _ in range(2):
            with pytest.raises(Unanswered):
                asked.ask("SELECT 1")
            callers.append(server.accept()[0])
        for caller in callers:
            caller.close()
    assert len(callers) == 2
