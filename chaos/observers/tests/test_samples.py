import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chaos.clients.postgres import Endpoint
from chaos.clients.tests.driving import eventually
from chaos.conftest import Postgres, free_port
from chaos.events import Sample
from chaos.history import History, read
from chaos.observers.sql import NodeSamples
from chaos.targets.base import Observer


@contextmanager
def observing(observer: Observer, path: Path) -> Iterator[None]:
    stop = threading.Event()
    with History(path) as history:
        thread = threading.Thread(target=observer.observe, args=(history, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def seen(path: Path, member: str) -> list[Sample]:
    return [event for event in read(path) if isinstance(event, Sample) and event.member == member]


def looked_at(
    members: Mapping[str, Endpoint], postgres: Postgres, path: Path, number: int = 5
) -> dict[str, list[Sample]]:
    """Samples of all members, as soon as the one called `here` has so many."""
    with observing(NodeSamples(members, postgres.login, every_s=0.02), path):
        eventually(lambda: len(seen(path, "here")) >= number)
    return {member: seen(path, member) for member in members}


def test_a_primary_tells_its_timeline_and_how_far_it_has_written(postgres: Postgres, tmp_path: Path) -> None:
    [(before,)] = postgres.query("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
    samples = looked_at({"here": postgres.endpoint}, postgres, tmp_path / "h")["here"]
    assert {(one.role, one.timeline, one.streaming, one.where) for one in samples} == {
        ("primary", 1, 0, "outside")
    }
    assert samples[-1].lsn >= samples[0].lsn >= int(str(before))


@pytest.mark.parametrize(("told", "epoch"), [("7", 7), ("-1", None)])
def test_the_epoch_is_what_the_server_is_set_to(
    postgres: Postgres, tmp_path: Path, told: str, epoch: int | None
) -> None:
    postgres.query(f"ALTER ROLE todo SET kube_flask.epoch = '{told}'")
    try:
        samples = looked_at({"here": postgres.endpoint}, postgres, tmp_path / "h")["here"]
    finally:
        postgres.query("ALTER ROLE todo RESET kube_flask.epoch")
    assert {one.epoch for one in samples} == {epoch}


def test_one_connection_serves_all_samples(postgres: Postgres, tmp_path: Path) -> None:
    [(before,)] = postgres.query("SELECT sessions FROM pg_stat_database WHERE datname = 'postgres'")
    samples = looked_at({"here": postgres.endpoint}, postgres, tmp_path / "h", 30)["here"]
    [(after,)] = postgres.query("SELECT sessions FROM pg_stat_database WHERE datname = 'postgres'")
    assert int(str(after)) - int(str(before)) < len(samples) / 2


def test_a_silent_member_is_reported_and_holds_up_nobody(postgres: Postgres, tmp_path: Path) -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        members = {"here": postgres.endpoint, "silent": Endpoint("127.0.0.1", silent.getsockname()[1])}
        with observing(NodeSamples(members, postgres.login, every_s=0.02), tmp_path / "h"):
            eventually(lambda: len(seen(tmp_path / "h", "silent")) >= 2)
    first, second = seen(tmp_path / "h", "silent")[:2]
    assert (first.role, first.error) == ("silent", "deadline")
    assert second.at - first.at >= 1  # it is not asked again before it was given up
    assert len(seen(tmp_path / "h", "here")) > 20


def test_a_member_that_refuses_is_silent_and_says_so(postgres: Postgres, tmp_path: Path) -> None:
    members = {"here": postgres.endpoint, "gone": Endpoint("127.0.0.1", free_port())}
    found = looked_at(members, postgres, tmp_path / "h")["gone"]
    assert {one.role for one in found} == {"silent"}
    assert "refused" in found[0].error


def test_a_broken_connection_is_replaced(postgres: Postgres, tmp_path: Path) -> None:
    observer = NodeSamples({"here": postgres.endpoint}, postgres.as_user("reader"), every_s=0.02)
    path = tmp_path / "h"
    with observing(observer, path):
        eventually(lambda: bool(seen(path, "here")))
        postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
        eventually(lambda: any(one.role == "silent" for one in seen(path, "here")))
        eventually(lambda: seen(path, "here")[-1].role == "primary")


def test_observing_ends_soon_after_it_is_told(postgres: Postgres, tmp_path: Path) -> None:
    with observing(NodeSamples({"here": postgres.endpoint}, postgres.login), tmp_path / "h"):
        began = time.monotonic()
    assert time.monotonic() - began == pytest.approx(0, abs=1.0)
