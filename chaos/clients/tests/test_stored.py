from contextlib import closing

import psycopg2
import pytest

from chaos.clients import stored
from chaos.clients.postgres import parameters
from chaos.clients.stored import forget, prepare, rows
from chaos.conftest import Postgres


def insert(postgres: Postgres, *values: str) -> None:
    postgres.query("INSERT INTO chaos_ledger SELECT unnest(%s)", list(values))


def test_a_value_written_twice_is_seen_twice(postgres: Postgres) -> None:
    insert(postgres, "twice-1", "twice-1")
    assert postgres.stored("twice") == ["twice-1", "twice-1"]


def test_a_run_whose_name_begins_another_sees_its_own_values_only(postgres: Postgres) -> None:
    insert(postgres, "a-1", "ab-1", "a_1")
    assert postgres.stored("a") == ["a-1"]


def test_many_rows_come_in_pieces(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "CHUNK", 2)
    insert(postgres, *(f"many-{n}" for n in range(5)))
    assert [len(chunk) for chunk in rows([postgres.endpoint], postgres.login, "many")] == [2, 2, 1]


def test_a_run_is_forgotten_and_no_other(postgres: Postgres) -> None:
    insert(postgres, "gone-1", "gone2-1")
    forget([postgres.endpoint], postgres.login, "gone")
    assert (postgres.stored("gone"), postgres.stored("gone2")) == ([], ["gone2-1"])


def test_todos_are_read_and_forgotten_by_their_titles(postgres: Postgres) -> None:
    postgres.query("CREATE TABLE todos (title text); INSERT INTO todos VALUES ('t-1'), ('milk')")
    assert list(rows([postgres.endpoint], postgres.login, "t", "todos")) == [["t-1"]]
    forget([postgres.endpoint], postgres.login, "t", "todos")
    assert postgres.query("SELECT title FROM todos") == [("milk",)]


def test_nobodys_todos_are_removed_as_a_whole(postgres: Postgres) -> None:
    with pytest.raises(ValueError, match="name the run"):
        forget([postgres.endpoint], postgres.login, of="todos")


def test_the_ledger_is_made_once_and_removed_once(postgres: Postgres) -> None:
    for step in (forget, forget, prepare, prepare):
        step([postgres.endpoint], postgres.login)
    assert postgres.stored("any") == []


def test_a_ledger_that_is_there_is_not_waited_for(postgres: Postgres) -> None:
    with closing(psycopg2.connect(**parameters([postgres.endpoint], postgres.login))) as writer:
        writer.cursor().execute("INSERT INTO chaos_ledger VALUES ('under-way')")
        prepare([postgres.endpoint], postgres.login)


def test_looking_for_one_value_uses_the_index(postgres: Postgres) -> None:
    insert(postgres, *(f"index-{n}" for n in range(2000)))
    postgres.query("ANALYZE chaos_ledger")
    plan = postgres.query("EXPLAIN SELECT FROM chaos_ledger WHERE value = 'index-7'")
    assert "chaos_ledger_value" in str(plan)
