"""`python -m app migrate` prepares the database, `python -m app serve` starts the server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

from app.db import make_engine
from app.migrate import migrate
from app.settings import Settings, SettingsError

GUNICORN = ["gunicorn", "--config", "python:app.gunicorn_conf"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 1 for a database that stayed away, 2 for a wrong setting."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument("command", choices=["migrate", "serve"])
    command = parser.parse_args(argv).command
    try:
        settings = Settings.from_env()
        if command == "serve":
            _serve()
        return _migrate(settings)
    except SettingsError as error:
        print(f"app: {error}", file=sys.stderr)
        return 2


def _serve() -> NoReturn:
    # In this process, which has imported the application already. gunicorn reads its options from there only.
    sys.argv = GUNICORN
    WSGIApplication().run()
    raise AssertionError("gunicorn ends the process")


def _migrate(settings: Settings) -> int:
    done = migrate(make_engine(settings), settings.migrate_wait_s, lambda line: print(line, flush=True))
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
