"""The one settings object of the application, read from the environment and validated once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

__all__ = ["Settings", "SettingsError"]

INSTANCE = Path(__file__).resolve().parent.parent / "instance"
"""Where the SQLite file of a run without TODO_DSN lives (Flask's own convention)."""


SQLITE = make_url(f"sqlite:///{INSTANCE / 'todo.sqlite3'}")


class SettingsError(ValueError):
    """A setting is missing or wrong; the text says which one and what would be right."""


@dataclass(frozen=True)
class Settings:
    """Every knob of the application. The variables are the names in capitals behind `TODO_`.

    There is no `TODO_PORT` on purpose: Kubernetes sets that one itself for a Service named `todo`.
    """

    url: URL = SQLITE
    """TODO_DSN with the password of TODO_PASSWORD_FILE put in; its repr hides the password."""
    listen: str = "0.0.0.0:8000"
    workers: int = 2
    threads: int = 16
    """Threads of a worker: well above pool_size, so that probes are answered while the database hangs."""
    pool_size: int = 6
    """Connections of a worker at most; replicas * workers * pool_size must fit into one pgpool (32)."""
    drain_s: int = 3
    """Seconds between SIGTERM and the last accepted request: endpoints take that long to catch up."""
    graceful_s: int = 20
    """Seconds a request may still run after that; with drain_s below Kubernetes' 30 s of grace."""
    migrate_wait_s: int = 300
    """Seconds `python -m app migrate` waits for a database that accepts writes."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read and check the variables; a SettingsError names the first one that is wrong."""
        return cls(
            url=_url(environ),
            listen=_listen(environ.get("TODO_LISTEN", cls.listen)),
            workers=_number(environ, "TODO_WORKERS", cls.workers, 1, 64),
            threads=_number(environ, "TODO_THREADS", cls.threads, 1, 256),
            pool_size=_number(environ, "TODO_POOL_SIZE", cls.pool_size, 1, 256),
            drain_s=_number(environ, "TODO_DRAIN_S", cls.drain_s, 0, 300),
            graceful_s=_number(environ, "TODO_GRACEFUL_S", cls.graceful_s, 1, 300),
            migrate_wait_s=_number(environ, "TODO_MIGRATE_WAIT_S", cls.migrate_wait_s, 0, 86_400),
        )


def _url(environ: Mapping[str, str]) -> URL:
    dsn, password_file = environ.get("TODO_DSN", ""), environ.get("TODO_PASSWORD_FILE", "")
    if not dsn:
        if password_file:
            # A lost TODO_DSN must not turn a pod into one that keeps its todos in its own SQLite file.
            raise SettingsError("TODO_PASSWORD_FILE is set but TODO_DSN is not; set both or neither.")
        return SQLITE
    try:
        url = make_url(dsn)
    except ArgumentError:
        raise SettingsError(
            "TODO_DSN is not a database URL like postgresql+psycopg2://todo@host:5432/todo."
        ) from None
    if url.password is not None:
        raise SettingsError(
            "TODO_DSN must not contain a password; put it in a file and name it by TODO_PASSWORD_FILE."
        )
    if url.drivername == "sqlite":
        return url
    if url.drivername not in ("postgresql", "postgresql+psycopg2"):
        raise SettingsError(
            f"TODO_DSN must begin with postgresql+psycopg2:// or sqlite://, not {url.drivername}://."
        )
    return url.set(drivername="postgresql+psycopg2", password=_password(password_file))


def _password(file: str) -> str | None:
    if not file:
        return None
    try:
        password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(f"TODO_PASSWORD_FILE {file} cannot be read: {reason}.") from None
    if not password:
        raise SettingsError(
            f"TODO_PASSWORD_FILE {file} is empty; it must hold the password of the database role."
        )
    return password


def _listen(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:\[\]]+):([0-9]{1,5})", value)
    if match is None or not 0 < int(match[2]) < 65_536:
        raise SettingsError(f"TODO_LISTEN must be an address and a port like 0.0.0.0:8000, not {value!r}.")
    return value


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environ.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)
