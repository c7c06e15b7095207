from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from chaos.clients.ledger import Ledger, Probe, SessionLedger
from chaos.clients.postgres import DEADLINE, Endpoint
from chaos.clients.sessions import alive
from chaos.clients.tests.driving import attempt, drive, eventually
from chaos.clients.tests.proxy import COMMITTED, ROLLED_BACK, lying
from chaos.conftest import Postgres, free_port
from chaos.events import Attempt

CANCEL = """
SELECT pid FROM pg_stat_activity WHERE CASE WHEN wait_event = 'SyncRep' THEN pg_cancel_backend(pid) END
"""
Make = Callable[..., Ledger | SessionLedger]


def fresh(postgres: Postgres, user: str = "todo", timeout_s: float = 5.0) -> Ledger:
    return Ledger("fresh", 10, [postgres.endpoint], postgres.as_user(user), timeout_s)


def opened(postgres: Postgres, user: str = "todo", timeout_s: float = 5.0) -> SessionLedger:
    """Two sessions, both open."""
    ledger = SessionLedger("opened", 10, [postgres.endpoint], postgres.as_user(user), timeout_s, sessions=2)
    for chore in ledger.chores():
        drive(chore)
    return ledger


BOTH = pytest.mark.parametrize("make", [fresh, opened])


def backends(postgres: Postgres, user: str) -> int:
    [(number,)] = postgres.query("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", user)
    return int(str(number))


def terminate(postgres: Postgres, user: str) -> None:
    postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", user)
    eventually(lambda: backends(postgres, user) == 0)


@BOTH
def test_an_acknowledged_value_is_stored_and_names_its_server(postgres: Postgres, make: Make) -> None:
    ledger = make(postgres)
    run = f"stored{ledger.name}"
    assert attempt(ledger, run=run) == Attempt("ok", server="here")
    ledger.close()
    assert postgres.stored(run) == [f"{run}-{ledger.name}-0"]


@BOTH
def test_a_commit_that_nobody_confirms_is_unknown_and_may_be_there(postgres: Postgres, make: Make) -> None:
    ledger = make(postgres, "waits", timeout_s=0.3)
    run = f"waits{ledger.name}"
    assert attempt(ledger, run=run) == Attempt("unknown", DEADLINE)
    ledger.close()
    # A server that is told to stop waiting has committed all the same.
    terminate(postgres, "waits")
    assert len(postgres.stored(run)) == 1


@BOTH
def test_a_cancelled_wait_is_acknowledged_with_the_servers_warning(postgres: Postgres, make: Make) -> None:
    ledger = make(postgres, "waits")
    with ThreadPoolExecutor(1) as threads:
        ending = threads.submit(attempt, ledger, run="cancelled")
        eventually(lambda: bool(postgres.query(CANCEL)))
        ended = ending.result()
    ledger.close()
    assert ended.outcome == "ok"
    assert "might not have been replicated" in ended.error


@BOTH
def test_an_insert_that_is_held_up_surely_was_not_applied(postgres: Postgres, make: Make) -> None:
    ledger = make(postgres, timeout_s=0.3)
    holder = psycopg2.connect(host="127.0.0.1", port=postgres.endpoint.port, user="todo", dbname="postgres")
    with holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE chaos_ledger")
        assert attempt(ledger, run="held") == Attempt("fail", DEADLINE)
    holder.close()
    ledger.close()
    assert postgres.stored("held") == []


@BOTH
def test_a_read_only_server_is_a_sure_failure_with_its_sqlstate(postgres: Postgres, make: Make) -> None:
    ledger = make(postgres, "reader")
    refused = [attempt(ledger, number) for number in range(4)]
    ledger.close()
    assert {(one.outcome, one.error[:5]) for one in refused} == {("fail", "25006")}


def test_a_commit_that_is_answered_with_a_rollback_is_no_acknowledgement(postgres: Postgres) -> None:
    with lying(postgres.endpoint, COMMITTED, ROLLED_BACK) as pooler:
        ended = attempt(Ledger("pooled", 1, [pooler], postgres.login, timeout_s=5))
    assert ended == Attempt("fail", "COMMIT answered ROLLBACK")


def test_whoever_cannot_connect_has_written_nothing(postgres: Postgres) -> None:
    nowhere = Ledger("nowhere", 1, [Endpoint("127.0.0.1", free_port())], postgres.login)
    assert attempt(nowhere).outcome == "fail"
    assert attempt(fresh(postgres, "absent")).outcome == "fail"


def test_of_several_endpoints_the_writable_one_is_found(postgres: Postgres) -> None:
    ends = [Endpoint("127.0.0.1", free_port()), postgres.endpoint]
    several = Ledger("several", 1, ends, postgres.login, timeout_s=5)
    assert {attempt(several, number, "several").outcome for number in range(5)} == {"ok"}


def test_nothing_stays_open(postgres: Postgres) -> None:
    for make in (fresh, opened):
        for user in ("reader", "waits"):
            ledger = make(postgres, user, timeout_s=0.3)
            attempt(ledger, run="tidy")
            ledger.close()
    terminate(postgres, "waits")
    eventually(lambda: backends(postgres, "reader") == 0)


def test_sessions_are_used_in_turn_and_keep_their_names(postgres: Postgres) -> None:
    ledger = opened(postgres)
    names = []
    for number in range(4):
        task = ledger.task("turn", number)
        ledger.done(task, drive(task.start()))
        names.append(task.session)
    ledger.close()
    assert names == ["opened-0", "opened-1", "opened-0", "opened-1"]


def test_a_refused_session_is_used_again(postgres: Postgres) -> None:
    ledger = opened(postgres, "reader")
    before = postgres.query("SELECT pid FROM pg_stat_activity WHERE usename = 'reader' ORDER BY pid")
    for number in range(4):
        attempt(ledger, number)
    after = postgres.query("SELECT pid FROM pg_stat_activity WHERE usename = 'reader' ORDER BY pid")
    ledger.close()
    assert before == after


def test_sessions_that_the_server_closed_cost_no_attempt(postgres: Postgres) -> None:
    postgres.query("CREATE ROLE leaves LOGIN SUPERUSER; ALTER ROLE leaves SET synchronous_commit = local")
    ledger = opened(postgres, "leaves")
    terminate(postgres, "leaves")
    eventually(lambda: not any(alive(rests.conn) for rests in ledger._sessions._idle if rests.conn))
    assert attempt(ledger, run="left") == Attempt("ok", server="here")
    # The one it opened by itself, and the one that its chore opens.
    for chore in ledger.chores():
        drive(chore)
    assert backends(postgres, "leaves") == 2
    ledger.close()


def test_a_server_that_comes_back_gets_its_sessions(postgres: Postgres) -> None:
    postgres.query("CREATE ROLE late SUPERUSER")
    ledger = SessionLedger("late", 10, [postgres.endpoint], postgres.as_user("late"), sessions=3)
    assert attempt(ledger).outcome == "fail"
    [chore] = ledger.chores()
    assert ledger.chores() == ()  # one opener is enough
    next(chore)
    postgres.query("ALTER ROLE late LOGIN; ALTER ROLE late SET synchronous_commit = local")
    drive(chore)
    assert backends(postgres, "late") == 3
    ledger.close()


def test_by_default_there_are_more_sessions_than_can_be_blocked(postgres: Postgres) -> None:
    ledger = SessionLedger("enough", 10, [postgres.endpoint], postgres.as_user("reader"), timeout_s=2)
    for chore in ledger.chores():
        drive(chore)
    assert backends(postgres, "reader") > 20
    ledger.close()


def test_a_probe_names_who_acknowledged_and_not_its_door(postgres: Postgres) -> None:
    probe = Probe("postgres-1", postgres.endpoint, postgres.login)
    assert (probe.name, attempt(probe, run="probed").server) == ("probe@postgres-1", "here")
    probe.close()
