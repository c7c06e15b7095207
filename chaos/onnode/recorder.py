"""Watches one PostgreSQL from within its own container, and tries to write there: a cut node hides from everybody else.

One file for `python3 -` inside a postgres container: the standard library and psycopg2, nothing of chaos. It prints
JSON lines, first a `clock`, then events as chaos.events reads them, stamped by this machine's monotonic clock (all
containers of one kernel share it); what is `begun` is told before, for it may never end. It ends after --seconds, at
SIGTERM, or when nobody reads what it prints.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import select
import threading
import time
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, connection, cursor

__all__ = ["INSERT", "STATE", "main", "outcome_of", "sample", "write"]

SECRETS = Path("/etc/kube-flask/secrets")
TIMEOUT_S = 1.0
"""For one attempt, or one answer."""
STATE = """
SELECT true, coalesce((SELECT received_tli FROM pg_stat_wal_receiver), 0),
       coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0),
       (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'),
       nullif(nullif(current_setting('kube_flask.epoch', true), ''), '-1')::bigint
 WHERE pg_is_in_recovery()
 UNION ALL
SELECT false, ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'),
       (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'),
       nullif(nullif(current_setting('kube_flask.epoch', true), ''), '-1')::bigint
 WHERE NOT pg_is_in_recovery()
"""
INSERT = "INSERT INTO chaos_ledger (value) VALUES (%s) RETURNING current_setting('cluster_name')"


class Line:
    """A connection that is kept while it works, and opened anew when it does not."""

    def __init__(self, keywords: dict[str, Any]) -> None:
        self._keywords = keywords
        self._conn: connection | None = None

    def open(self, deadline: float) -> cursor:
        """Return a cursor. Raises psycopg2.Error and TimeoutError."""
        if self._conn is None:
            conn = psycopg2.connect(**self._keywords, async_=1)
            try:
                settle(conn, deadline)
            except BaseException:
                conn.close()
                raise
            self._conn = conn
        return self._conn.cursor()

    def close(self) -> None:
        """Close the socket: what is under way is not cancelled, and its answer reaches nobody."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def settle(conn: connection, deadline: float) -> None:
    """Wait for what is under way. Raises psycopg2.Error, and TimeoutError at the deadline."""
    while (state := conn.poll()) != POLL_OK:
        poller = select.poll()
        poller.register(conn.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError("no answer in time")


def run(cur: cursor, deadline: float, statement: str, *values: object) -> None:
    """Run a statement. Raises psycopg2.Error and TimeoutError."""
    cur.execute(statement, values or None)
    settle(cur.connection, deadline)


def explain(error: Exception) -> str:
    """Return one line, SQLSTATE first where there is one."""
    if isinstance(error, TimeoutError):
        return "deadline"
    return f"{getattr(error, 'pgcode', None) or 'connection'}: {' '.join(str(error).split())}"[:300]


def outcome_of(sqlstate: str | None, *, commit_sent: bool) -> str:
    """Return what an error means, as chaos.clients.postgres does."""
    if not commit_sent:
        return "fail"
    rolled_back = sqlstate is not None and sqlstate[:2] in ("23", "40") and sqlstate != "40003"
    return "fail" if rolled_back else "unknown"


def sample(line: Line, member: str) -> dict[str, Any]:
    """Ask the server what it is, once."""
    at = time.monotonic()
    event: dict[str, Any] = {"kind": "sample", "member": member, "at": at, "role": "silent", "where": "node"}
    try:
        cur = line.open(at + TIMEOUT_S)
        run(cur, at + TIMEOUT_S, STATE)
        [(standby, timeline, lsn, streaming, epoch)] = cur.fetchall()
        event |= {"role": "standby" if standby else "primary"}
        event |= {"timeline": int(timeline), "lsn": int(lsn), "streaming": int(streaming), "epoch": epoch}
    except (psycopg2.Error, TimeoutError) as error:
        line.close()
        event["error"] = explain(error)
    return event | {"took": time.monotonic() - at}


def write(line: Line, value: str) -> dict[str, Any]:
    """Try once to write a value."""
    deadline, commit_sent = time.monotonic() + TIMEOUT_S, False
    try:
        cur = line.open(deadline)
        run(cur, deadline, "BEGIN")
        run(cur, deadline, INSERT, value)
        [(server,)] = cur.fetchall()
        commit_sent = True
        run(cur, deadline, "COMMIT")
    except (psycopg2.Error, TimeoutError) as error:
        line.close()
        state = error.pgcode if isinstance(error, psycopg2.Error) else None
        return {"outcome": outcome_of(state, commit_sent=commit_sent), "error": explain(error)}
    if cur.statusmessage != "COMMIT":
        line.close()
        return {"outcome": "fail", "error": f"COMMIT answered {cur.statusmessage}"}
    return {"outcome": "ok", "server": server}


def watch(line: Line, member: str, moments: list[float]) -> None:
    """Sample at every moment."""
    for moment in moments:
        time.sleep(max(0.0, moment - time.monotonic()))
        tell(sample(line, member))


def try_to_write(line: Line, name: str, run_name: str, moments: list[float]) -> None:
    """Write at every moment, on a connection that is open before."""
    for moment in moments:
        with contextlib.suppress(psycopg2.Error, TimeoutError):
            line.open(time.monotonic() + TIMEOUT_S / 2)
        value = f"{run_name}-{name}-{moment:.3f}"
        time.sleep(max(0.0, moment - time.monotonic()))
        sent = time.monotonic()
        # First: whoever ends this process now, or its node, may leave a row that nobody else knows of.
        tell({"kind": "begun", "workload": name, "value": value, "sent": sent})
        ended = write(line, value)
        # It tells what was acknowledged and when. No gap is measured with it, so it is never late: its container is
        # not preferred as the runner's own threads are.
        times = {"intended": sent, "sent": sent, "completed": time.monotonic()}
        tell({"kind": "operation", "workload": name, "value": value, **times, **ended})


def login(user: str, database: str, host: str, port: int, secrets: Path) -> dict[str, Any]:
    """Return libpq's keywords; the password comes from the folder that the pod mounts."""
    password = (secrets / f"{user}-password").read_text().strip()
    where = {"host": host, "port": port, "user": user, "dbname": database, "password": password}
    return {**where, "application_name": "kube-flask-chaos"}


def tell(event: dict[str, Any]) -> None:
    """Print a line in one piece; end when nobody reads it."""
    try:
        os.write(1, json.dumps(event).encode() + b"\n")
    except OSError:
        os._exit(0)


def main() -> None:
    """Read the arguments, print the clock, and look until the time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--member", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--every", type=float, default=0.2)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5432)
    parser.add_argument("--secrets", type=Path, default=SECRETS)
    given = parser.parse_args()
    where = (given.host, given.port, given.secrets)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    tell({"kind": "clock", "monotonic": time.monotonic(), "boot": boot})
    began = time.monotonic()
    moments = [began + number * given.every for number in range(math.ceil(given.seconds / given.every))]
    looker = Line(login("monitor", "postgres", *where))
    jobs = [threading.Thread(target=watch, args=(looker, given.member, moments), daemon=True)]
    # One writer for each attempt that can be blocked, and time for each to open its connection again.
    writers = math.ceil(2 * TIMEOUT_S / given.every)
    for first in range(writers):
        line, name = Line(login("todo", "todo", *where)), f"node-probe@{given.member}"
        turns = (line, name, given.run, moments[first::writers])
        jobs.append(threading.Thread(target=try_to_write, args=turns, daemon=True))
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()


if __name__ == "__main__":
    main()
