"""A long query on every standby, a burst of writes in its way, and the primary is lost: nobody waits for the query."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg2
import pytest

from chaos.clients.postgres import Endpoint
from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from chaos.waiting import eventually
from e2e.conftest import Recorded
from e2e.platform import primary, query, successor

TABLE = "chaos_long_query"
SECONDS = 60
THERE = f"SELECT to_regclass('{TABLE}') IS NOT NULL"
READ = f"SELECT count(*), pg_sleep({SECONDS}) FROM {TABLE}"
READING = f"SELECT count(*) FROM pg_stat_activity WHERE query = '{READ}' AND wait_event = 'PgSleep'"
# The lock of TRUNCATE cannot be replayed beside the query, and all that comes after it waits for it.
BURST = f"TRUNCATE {TABLE}; INSERT INTO {TABLE} SELECT generate_series(1, 300000)"

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


@pytest.fixture
def table(target: KindTarget) -> Iterator[str]:
    def write(statement: str) -> None:
        query(target, target.reach.clients.of(primary(target).name), "todo-rw", statement)

    write(f"CREATE TABLE {TABLE} AS SELECT 1 AS n")
    for member in target.facts().members:
        there = partial(query, target, target.reach.clients.of(member), "todo-ro", THERE)
        eventually(there, lambda seen: seen == [(True,)], within=DEADLINES.served)
    yield TABLE
    write(f"DROP TABLE {TABLE}")


def test_a_long_query_does_not_hold_a_promotion_up(
    target: KindTarget, recorded: Recorded, table: str
) -> None:
    old, clients = primary(target), target.reach.clients
    standbys = [clients.of(member) for member in clients.members if member != old.name]

    def read(endpoint: Endpoint) -> list[tuple[object, ...]]:
        return query(target, endpoint, "todo-ro", READ)

    def readers_of(endpoint: Endpoint) -> list[tuple[object, ...]]:
        return query(target, endpoint, "todo-ro", READING)

    with recorded("pod-lost") as live, ThreadPoolExecutor(len(standbys)) as readers:
        long = [readers.submit(read, each) for each in standbys]
        for each in standbys:
            eventually(partial(readers_of, each), lambda seen: seen == [(1,)], within=DEADLINES.served)
        query(target, clients.of(old.name), "todo-rw", BURST)
        live.inject("pod-lost", old.name)
        successor(target, old)
        live.wait_steady(DEADLINES.promoted)
        assert live.wait_healthy() == []

    # Cancelled by the replay: a query that ended by itself would not have been in the way.
    assert [isinstance(each.exception(), psycopg2.Error) for each in long] == [True] * len(standbys)
