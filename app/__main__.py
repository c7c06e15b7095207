"""`python -m app migrate` prepares the database, `python -m app serve` starts the server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from app.db import make_engine
from app.migrate import migrate
from app.settings import Settings, SettingsError

GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:app.gunicorn_conf"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 1 for a database that stayed away, 2 for a wrong setting."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument("command", choices=["migrate", "serve"])
    command = parser.parse_args(argv).command
    try:
        settings = Settings.from_env()
        engine = make_engine(settings)
    except SettingsError as error:
        print(f"app: {error}", file=sys.stderr)
        return 2
    if command == "serve":
        sys.stdout.flush()
        os.execv(GUNICORN[0], GUNICORN)
    return 0 if migrate(engine, settings.migrate_wait_s, lambda line: print(line, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
