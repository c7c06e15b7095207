"""The engine, and one transaction per request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.settings import Settings, SettingsError

__all__ = ["STANDBY_SAYS", "code", "init_app", "make_engine", "sentence", "transaction"]

CONNECT_ARGS: dict[str, Any] = {
    # pgpool sends this name to the primary.
    "application_name": "todo-rw",
    # pgpool's Service is headless: libpq (>= 16) takes a random address first, the others when it fails.
    "load_balance_hosts": "random",
    "connect_timeout": 2,
    # A peer that vanished without a reset is given up after 5 s, with or without data on its way.
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
POOL_TIMEOUT_S = 2
"""Longest wait for a free connection of the pool."""
POOL_RECYCLE_S = 300
"""A restarted pgpool gets its share of the connections back within this time."""

UNREACHABLE = "The database cannot be reached right now; please try again in a moment."
NO_TABLES = "The tables are missing; run `python -m app migrate` once."
UNDEFINED_TABLE = "42P01"
STANDBY_SAYS = ("25006", "0A000")
"""SQLSTATE of a standby's answer to a write, and of its answer to BEGIN READ WRITE."""


def make_engine(settings: Settings) -> Engine:
    """Return the engine of the settings' URL. Raises SettingsError when SQLite's folder cannot be made."""
    if settings.url.drivername == "sqlite":
        try:
            Path(settings.url.database or ".").parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"TODO_DSN must name a PostgreSQL or a writable place: {settings.url.database} "
                f"cannot be made ({error.strerror})."
            ) from None
        return create_engine(settings.url)
    engine = create_engine(
        settings.url,
        connect_args=CONNECT_ARGS,
        pool_size=min(2, settings.pool_size),
        max_overflow=max(0, settings.pool_size - 2),
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=POOL_RECYCLE_S,
        pool_pre_ping=True,
        # Every transaction begins READ WRITE, those that only read too: a pgpool that has just lost the primary may
        # have turned to a standby, which shows what is no longer true, and refuses this.
        execution_options={"postgresql_readonly": False},
    )
    event.listen(engine, "handle_error", _leave_standby)
    return engine


def _leave_standby(context: ExceptionContext) -> None:
    # A former primary still answers the pool's ping; without this the pool would keep writing to it.
    if code(context.original_exception) in STANDBY_SAYS:
        context.is_disconnect = True


def code(error: BaseException | None) -> str | None:
    """Return the five-character SQLSTATE of PostgreSQL's answer, None when there was no answer."""
    found = getattr(error, "pgcode", None)
    return found if isinstance(found, str) else None


def init_app(app: Flask, engine: Engine) -> None:
    """Give the application its engine."""
    app.extensions["db"] = sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session of the current application; commits at the end, rolls back on an exception."""
    sessions: sessionmaker[Session] = current_app.extensions["db"]
    with sessions.begin() as session:
        yield session


def sentence(error: SQLAlchemyError) -> str:
    """Say to a user what an error of the database means to them; its details belong into the log."""
    origin = getattr(error, "orig", None)
    if code(origin) == UNDEFINED_TABLE or "no such table" in str(origin):
        return NO_TABLES
    return UNREACHABLE
