"""A PostgreSQL of this machine's own; where none is installed, the tests that need it are skipped."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from chaos.clients.postgres import Endpoint, Login, parameters
from chaos.clients.stored import prepare, rows

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
START_S = 20
OPTIONS = (
    "fsync=off",
    "listen_addresses=127.0.0.1",
    "cluster_name=here",
    "max_connections=200",
    # Nobody ever confirms, so the commit of everybody but `todo` waits for ever.
    "synchronous_standby_names=nobody",
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Postgres:
    """A running server: `todo` may do everything, the commits of `waits` are never confirmed."""

    endpoint: Endpoint
    login: Login

    def as_user(self, user: str) -> Login:
        return replace(self.login, user=user)

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(psycopg2.connect(**parameters([self.endpoint], self.login))) as conn:
            conn.autocommit = True
            with conn.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []

    def stored(self, run: str) -> list[str]:
        return sorted(value for chunk in rows([self.endpoint], self.login, run) for value in chunk)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if not BINARIES:
        pytest.skip("no PostgreSQL is installed below /usr/lib/postgresql")
    # initdb refuses to run as root, and pytest's own folders are closed to everybody else.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="chaos-pg-"))
    data, binaries, port = folder / "data", BINARIES[-1].parent, free_port()
    if user:
        shutil.chown(folder, user)
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "todo", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, user=user, check=True, stdout=subprocess.DEVNULL)
    options = [*OPTIONS, f"port={port}", f"unix_socket_directories={folder}"]
    flags = [part for option in options for part in ("-c", option)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([binaries / "postgres", "-D", data, *flags], user=user, stderr=log)
    try:
        yield _prepared(Postgres(Endpoint("127.0.0.1", port), Login("todo", "", "postgres", "tests")))
    finally:
        process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
        process.wait(START_S)
        shutil.rmtree(folder)


def _prepared(postgres: Postgres) -> Postgres:
    retry = retry_if_exception_type(psycopg2.OperationalError)
    for attempt in Retrying(stop=stop_after_delay(START_S), wait=wait_fixed(0.1), retry=retry):
        with attempt:
            postgres.query("SET synchronous_commit = local; ALTER ROLE todo SET synchronous_commit = local")
    postgres.query("CREATE ROLE waits LOGIN SUPERUSER")
    postgres.query("CREATE ROLE reader LOGIN SUPERUSER")
    postgres.query("ALTER ROLE reader SET default_transaction_read_only = on")
    prepare([postgres.endpoint], postgres.login)
    return postgres


@pytest.fixture
def passwords(postgres: Postgres, tmp_path: Path) -> Path:
    """A folder as the pods mount it; the database and the role that go with it are there."""
    with suppress(psycopg2.errors.DuplicateDatabase, psycopg2.errors.DuplicateObject):
        postgres.query("CREATE DATABASE todo")
        postgres.query("CREATE ROLE monitor LOGIN SUPERUSER")
    for user in ("todo", "monitor"):
        (tmp_path / f"{user}-password").write_text("unused\n")
    return tmp_path
