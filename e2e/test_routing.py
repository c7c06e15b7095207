"""pgpool sends whoever says `todo-ro` to the standbys and `todo-rw` to the primary; the servers say who they are."""

import uuid
from collections import Counter

from chaos.clients.stored import LEDGER, rows
from chaos.targets.kind import KindTarget
from e2e.conftest import Measured
from e2e.platform import primary, query

TIMES = 200
WHO = "SELECT host(inet_server_addr())"
WRITE = f"INSERT INTO {LEDGER} (value) VALUES (%s) RETURNING host(inet_server_addr())"


def answered(target: KindTarget, application_name: str, statement: str, *values: str) -> Counter[str]:
    """Return how often each server answered, each time on a fresh connection."""
    names = {pod.ip: pod.name for pod in target.reach.kube.pods("postgres")}
    [pgpool] = target.reach.clients.pgpool
    asked = (query(target, pgpool, application_name, statement, *values) for _ in range(TIMES))
    return Counter(names[str(address)] for [(address,)] in asked)


def test_reads_are_answered_by_both_standbys_and_never_by_the_primary(
    target: KindTarget, measured: Measured
) -> None:
    servers = answered(target, "todo-ro", WHO)
    measured("reads_by_server", dict(servers))
    assert set(servers) == set(target.facts().members) - {primary(target).name}


def test_writes_are_answered_by_the_primary_only(target: KindTarget) -> None:
    clients, run = target.reach.clients, f"chaos-{uuid.uuid4().hex}"
    assert answered(target, "todo-rw", WRITE, f"{run}-1") == {primary(target).name: TIMES}
    held = {m: sum(map(len, rows([clients.of(m)], clients.login(), run))) for m in clients.members}
    assert held == dict.fromkeys(clients.members, TIMES)


def test_reads_of_a_writer_are_answered_by_the_primary_too(target: KindTarget) -> None:
    assert answered(target, "todo-rw", WHO) == {primary(target).name: TIMES}
