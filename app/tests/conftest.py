"""The application on SQLite, and on a PostgreSQL of this machine's own where there is one."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from app import create_app, db, drain
from app.migrate import upgrade
from app.settings import Settings

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
ENGINES = ["sqlite", "postgresql"] if BINARIES else ["sqlite"]
START_S = 20


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def standby() -> Iterator[str]:
    """A server in recovery, as a standby is whose primary has gone."""
    with running("standby.signal") as url:
        yield url


@contextmanager
def running(*signals: str) -> Iterator[str]:
    if not BINARIES:
        pytest.skip("no PostgreSQL is installed below /usr/lib/postgresql")
    # initdb refuses to run as root, and pytest's own folders are closed to everybody else.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="todo-pg-"))
    data, binaries = folder / "data", BINARIES[-1].parent
    if user:
        shutil.chown(folder, user)
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "todo", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, user=user, check=True, stdout=subprocess.DEVNULL)
    for name in signals:
        (data / name).touch()
    options = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([binaries / "postgres", "-D", data, *options], user=user, stderr=log)
    url = f"postgresql+psycopg2://todo@/postgres?host={folder}"
    try:
        answers(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
        process.wait(START_S)
        shutil.rmtree(folder)


def answers(url: str) -> None:
    engine, deadline = create_engine(url), time.monotonic() + START_S
    while True:
        try:
            with engine.connect():
                break
        except OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    engine.dispose()


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A database without tables."""
    if request.param == "sqlite":
        return Settings(url=make_url(f"sqlite:///{tmp_path}/new/todo.sqlite3"))
    settings = Settings(url=make_url(request.getfixturevalue("server")))
    engine = db.make_engine(settings)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return settings


@pytest.fixture
def app(empty: Settings) -> Iterator[Flask]:
    engine = db.make_engine(empty)
    upgrade(engine)
    engine.dispose()
    yield from _app(empty)


@pytest.fixture
def lost() -> Iterator[FlaskClient]:
    """A client of an application whose database refuses every connection."""
    settings = Settings(url=make_url("postgresql+psycopg2://todo@127.0.0.1:1/todo"))
    yield from (app.test_client() for app in _app(settings))


def _app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["db"].kw["bind"].dispose()


@pytest.fixture
def stranded(standby: str) -> Iterator[FlaskClient]:
    """A client of an application whose pgpool has turned to a standby."""
    yield from (app.test_client() for app in _app(Settings(url=make_url(standby))))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def draining() -> Iterator[None]:
    drain.begin()
    yield
    drain.reset()
