import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from chaos.checkers import duplicated, lost, unexpected
from chaos.history import History, operations, read
from chaos.ops import Attempt
from chaos.sql import DEADLINE, Ledger
from chaos.tests.conftest import free_port
from chaos.writer import Writer


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def written(path: Path, number: int) -> None:
    eventually(lambda: len(path.read_bytes().splitlines()) >= number)


def test_an_acknowledged_value_is_stored(ledger: Ledger) -> None:
    assert ledger.attempt("stored-1") == Attempt("ok")
    assert ledger.values("stored") == ["stored-1"]


def test_a_run_whose_name_begins_another_sees_its_own_values_only(ledger: Ledger) -> None:
    ledger.attempt("a-1")
    ledger.attempt("ab-1")
    assert ledger.values("a") == ["a-1"]


def test_a_value_written_twice_is_seen_twice(ledger: Ledger) -> None:
    ledger.attempt("twice-1")
    ledger.attempt("twice-1")
    assert duplicated(ledger.values("twice")) == ["twice-1"]


def test_a_commit_that_nobody_confirms_is_unknown_and_may_be_there(ledger: Ledger) -> None:
    waiting = replace(ledger, user="waits", timeout_s=0.3)
    assert waiting.attempt("waiting-1") == Attempt("unknown", DEADLINE)
    # A server that is told to stop waiting has committed all the same.
    ledger.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'waits'")
    eventually(lambda: ledger.values("waiting") == ["waiting-1"])


def test_an_insert_that_is_held_up_surely_was_not_applied(ledger: Ledger) -> None:
    holder = psycopg2.connect(host="127.0.0.1", port=ledger.endpoints[0][1], user="todo", dbname="postgres")
    with holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE chaos_ledger")
        assert replace(ledger, timeout_s=0.3).attempt("held-1") == Attempt("fail", DEADLINE)
    holder.close()
    assert ledger.values("held") == []


def test_a_read_only_server_is_a_sure_failure_with_its_sqlstate(ledger: Ledger) -> None:
    ledger.query(
        "CREATE ROLE reader LOGIN SUPERUSER; ALTER ROLE reader SET default_transaction_read_only = on"
    )
    attempt = replace(ledger, user="reader").attempt("reader-1")
    assert (attempt.outcome, attempt.error[:5]) == ("fail", "25006")


def test_whoever_cannot_connect_has_written_nothing(ledger: Ledger) -> None:
    for elsewhere in (
        replace(ledger, endpoints=(("127.0.0.1", free_port()),)),
        replace(ledger, database="absent"),
    ):
        assert elsewhere.attempt("nowhere-1").outcome == "fail"


def test_a_name_is_refused_because_it_would_have_to_be_resolved() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Ledger((("localhost", 5432),), "todo", "", "postgres")


def test_of_several_endpoints_the_writable_one_is_found(ledger: Ledger) -> None:
    several = replace(ledger, endpoints=(("127.0.0.1", free_port()), *ledger.endpoints))
    assert {several.attempt(f"several-{n}").outcome for n in range(5)} == {"ok"}


def test_the_password_is_in_no_message() -> None:
    assert "hush" not in repr(Ledger((("127.0.0.1", 5432),), "todo", "hush", "postgres"))


def test_a_run_against_a_healthy_server_loses_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    with History(path) as history, Writer(ledger, history, run="healthy", rate=20):
        written(path, 20)
    done = operations(read(path))
    assert {op.outcome for op in done} == {"ok"}
    present = ledger.values("healthy")
    assert (lost(done, present), unexpected(done, present), duplicated(present)) == ([], [], [])


def test_rows_that_vanish_are_found(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    with History(path) as history, Writer(ledger, history, run="robbed", rate=20):
        written(path, 5)
    ledger.query("DELETE FROM chaos_ledger WHERE value = 'robbed-3'")
    assert lost(operations(read(path)), ledger.values("robbed")) == ["robbed-3"]


def test_a_statement_that_fails_says_why(ledger: Ledger) -> None:
    with pytest.raises(psycopg2.Error, match="absent"):
        ledger.query("SELECT * FROM absent")
