"""pgpool sends whoever says `todo-ro` to the standbys and `todo-rw` to the primary; the servers say who they are."""

import uuid
from collections import Counter
from collections.abc import Callable

from chaos.sql import TABLE
from e2e.platform import Platform

TIMES = 200
WHO = "SELECT host(inet_server_addr())"
WRITE = f"INSERT INTO {TABLE} (value) VALUES (%s) RETURNING host(inet_server_addr())"


def answered(platform: Platform, ask: Callable[[], list[tuple[object, ...]]]) -> Counter[str]:
    """Return how often each server answered, each time on a fresh connection."""
    pods = {pod["status"]["podIP"]: name for name, pod in platform.kube.pods("postgres").items()}
    return Counter(pods[str(ask()[0][0])] for _ in range(TIMES))


def test_reads_are_answered_by_both_standbys_and_never_by_the_primary(
    platform: Platform, measured: Callable[[str, object], None]
) -> None:
    client, primary = platform.ledger("todo-ro"), platform.primary().name
    servers = answered(platform, lambda: client.query(WHO))
    measured("reads_by_server", dict(servers))
    assert set(servers) == set(platform.members) - {primary}


def test_writes_are_answered_by_the_primary_only(platform: Platform) -> None:
    client, primary = platform.ledger("todo-rw"), platform.primary().name
    run = uuid.uuid4().hex
    servers = answered(platform, lambda: client.query(WRITE, f"{run}-1"))
    assert servers == {primary: TIMES}
    assert all(len(platform.ledger_of(pod).values(run)) == TIMES for pod in platform.members)


def test_reads_of_a_writer_are_answered_by_the_primary_too(platform: Platform) -> None:
    client, primary = platform.ledger("todo-rw"), platform.primary().name
    assert answered(platform, lambda: client.query(WHO)) == {primary: TIMES}
