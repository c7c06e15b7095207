import time

import pytest

from ha.node.confirm import FORGIVING_S, FRESH_S, PAUSED_S, Confirmations, Prober

MEMBERS = ("postgres-0", "postgres-1", "postgres-2")


def test_a_standby_counts_while_its_newest_flushed_probe_is_news() -> None:
    seen = Confirmations(MEMBERS)
    seen.probed(100, 10.0)
    seen.flushed({"postgres-1": 100, "postgres-2": 99})
    assert [seen.count(10.0), seen.count(10.0 + FRESH_S), seen.count(10.1 + FRESH_S)] == [1, 1, 0]


def test_what_was_confirmed_lately_is_forgiven_longer() -> None:
    seen = Confirmations(MEMBERS)
    seen.probed(100, 10.0)
    seen.flushed({"postgres-1": 100})
    late = 10.0 + FORGIVING_S
    assert [seen.count(late), seen.count(late, FORGIVING_S), seen.count(late + 0.1, FORGIVING_S)] == [0, 1, 0]


def test_a_hung_disk_is_no_confirmation_although_the_connection_stands() -> None:
    seen = Confirmations(MEMBERS)
    for at in range(4):
        seen.probed(100 + at, 10.0 + at)
        seen.flushed({"postgres-1": 100})
    assert seen.count(13.0) == 0


def test_a_closed_connection_is_forgotten_at_once() -> None:
    seen = Confirmations(MEMBERS)
    seen.probed(100, 10.0)
    seen.flushed({"postgres-1": 100})
    seen.flushed({})
    assert seen.count(10.0) == 0


def test_a_clone_under_way_is_no_standby() -> None:
    seen = Confirmations(MEMBERS)
    seen.probed(100, 10.0)
    seen.flushed({"pg_basebackup": 100})
    assert seen.count(10.0) == 0


class Postmaster:
    paused = False


def test_a_door_that_opens_late_is_no_paused_postmaster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen on a machine at ten times its load: a needless failover, because a session took longer than PAUSED_S."""
    prober = Prober(Postmaster(), MEMBERS, lambda: True)  # type: ignore[arg-type]
    clock = time.monotonic() + 10
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    assert prober.hangs() is None


def test_a_postmaster_that_is_stopped_at_every_look_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Postmaster()
    prober = Prober(server, MEMBERS, lambda: True)  # type: ignore[arg-type]
    server.paused, clock = True, time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    assert prober.hangs() is None
    clock += PAUSED_S + 0.5
    assert prober.hangs() == "its postmaster has been paused for 3 s"
    server.paused = False
    assert prober.hangs() is None


class Cursor:
    def __init__(self) -> None:
        self.ran: list[str] = []

    def execute(self, statement: str) -> None:
        self.ran.append(statement)


def test_a_mutants_branch_grows_once_when_nobody_has_confirmed_for_a_second() -> None:
    prober, cursor = Prober(None, MEMBERS, lambda: True), Cursor()  # type: ignore[arg-type]
    grown = []
    for confirming in (0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0):
        prober._run_ahead(cursor, confirming)  # type: ignore[arg-type]
        grown.append(len(cursor.ran))
    assert grown == [0] * 13 + [1, 2, 2]
