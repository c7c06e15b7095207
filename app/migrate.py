"""Brings the tables to the newest revision: safe to repeat, and safe for two at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError

__all__ = ["config", "migrate", "upgrade"]

LOCK = 0x6B756265
"""Key of the advisory lock ("kube"): any number nobody else in this database uses."""
PAUSE_S = 2.0


def config(connection: Connection) -> Config:
    """Return Alembic's configuration: the scripts beside this file, whatever the working directory."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that only one process at a time gets."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.exec_driver_sql("COMMIT")
    else:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            yield connection


def upgrade(engine: Engine) -> tuple[str | None, str | None]:
    """Run what is missing in one transaction; return the revision before and after."""
    with _alone(engine) as connection:
        before = _revision(connection)
        command.upgrade(config(connection), "head")
        # An earlier run's commit may have been lost on its way to a standby; this write's commit waits for
        # one that has both, so that "done" means done on two nodes.
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        return before, _revision(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, wait_s: float, say: Callable[[str], None], pause_s: float = PAUSE_S) -> bool:
    """Upgrade; while the database refuses, try again for `wait_s` seconds. False when that was too short."""
    began = time.monotonic()
    while True:
        try:
            before, after = upgrade(engine)
        except DBAPIError as error:
            waited = time.monotonic() - began
            reason = " ".join(str(error.orig).split())
            if waited + pause_s > wait_s:
                say(f"migrate: gave up after {waited:.0f} s: {reason}")
                return False
            say(f"migrate: waiting for the database ({waited:.0f} of {wait_s:.0f} s): {reason}")
            time.sleep(pause_s)
        else:
            outcome = "nothing to do" if before == after else "done"
            say(f"migrate: {outcome}, the tables are at revision {after}")
            return True
