from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, make_url, text

from app import db
from app.__main__ import main
from app.migrate import config, migrate, upgrade
from app.settings import Settings


@pytest.fixture
def engine(empty: Settings) -> Iterator[Engine]:
    engine = db.make_engine(empty)
    yield engine
    engine.dispose()


def test_twice_is_as_good_as_once(engine: Engine) -> None:
    assert upgrade(engine) == (None, "0001")
    assert upgrade(engine) == ("0001", "0001")
    assert set(inspect(engine).get_table_names()) == {"todos", "alembic_version"}


def test_four_at_once_are_as_good_as_one(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        befores = [before for before, _ in pool.map(upgrade, [engine] * 4)]
    assert sorted(befores, key=str) == ["0001", "0001", "0001", None]


def test_the_scripts_make_what_the_models_say(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        command.check(config(connection))


def test_down_takes_the_table_away(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_the_title_alone_makes_a_todo_in_plain_sql(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO todos (title) VALUES ('x')"))
        row = connection.execute(text("SELECT text, done, pub_date IS NOT NULL FROM todos")).one()
    assert tuple(row) == ("", False, True)


def test_a_database_that_stays_away_ends_the_wait() -> None:
    engine = db.make_engine(Settings(url=make_url("postgresql+psycopg2://todo@127.0.0.1:1/todo")))
    said: list[str] = []
    assert not migrate(engine, 0.2, said.append, pause_s=0.1)
    assert said[0].startswith("migrate: waiting for the database (0 of 0 s): connection to server")
    assert said[-1].startswith("migrate: gave up after 0 s: connection to server")


def test_the_command_migrates_from_any_folder(
    empty: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("TODO_DSN", str(empty.url))
    assert (main(["migrate"]), main(["migrate"])) == (0, 0)
    assert capsys.readouterr().out.splitlines() == [
        "migrate: done, the tables are at revision 0001",
        "migrate: nothing to do, the tables are at revision 0001",
    ]


def test_a_wrong_setting_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TODO_DSN", "nonsense")
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err.startswith("app: TODO_DSN is not a database URL")


def test_a_database_that_stays_away_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_DSN", "postgresql://todo@127.0.0.1:1/todo")
    monkeypatch.setenv("TODO_MIGRATE_WAIT_S", "0")
    assert main(["migrate"]) == 1
