"""The postmaster as the agent's child, and what it answers when asked about itself."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions

from ha.node.facts import NodeStatus, Replica, parse_lsn
from ha.node.volume import Volume
from ha.process import IMMEDIATE_STOP_S, POLL_S, Child, process, processes, send
from ha.settings import Settings
from ha.sql import Talk

__all__ = ["Server", "clear_stale_socket", "read_status"]

log = logging.getLogger("ha.server")

FAST_STOP_S = 45.0
"""A fast stop waits for walsenders to ship everything; the pod's grace period is longer (synth)."""
ORPHANS_S = 2.0
"""Backends notice the death of their postmaster at once unless they are paused or in an uninterruptible call."""

STATUS = """
SELECT pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(),
       CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn() END,
       CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END,
       (SELECT max(substr(name, 1, 8)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'),
       (SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup'),
       (SELECT status FROM pg_stat_wal_receiver), current_setting('primary_conninfo'),
       (SELECT system_identifier::text FROM pg_control_system()),
       CASE WHEN NOT pg_is_in_recovery() THEN
           (SELECT json_agg(json_build_array(application_name, state, sync_state,
                coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint))
            FROM pg_stat_replication) END
"""
LOOK_S = 2.0
"""For one look, a new session included."""
REPLAYED_ALL = {"RecoveryWalStream", "RecoveryRetrieveRetryInterval"}
"""What the startup process waits for when it has replayed everything in pg_wal (PostgreSQL 17, xlogrecovery.c)."""


class Server(Child):
    """Start, stop and ask one PostgreSQL; only the agent's loop calls the methods that change it."""

    def __init__(self, settings: Settings, volume: Volume, beat: Callable[[], None]) -> None:
        super().__init__(beat)
        self._settings = settings
        self._volume = volume

    def start(self) -> None:
        """Spawn the postmaster on the data as it stands, once nothing of an old one lives."""
        self._await_orphans()
        self._volume.clear_stale_pid()
        clear_stale_socket(self._settings.run, self._settings.port)
        self._volume.pgdata.chmod(0o700)
        child = self._spawn(["/usr/lib/postgresql/17/bin/postgres", "-D", str(self._volume.pgdata)])
        log.info("postgres started, pid %d", child.pid)

    def stop(self, *, immediate: bool = False) -> None:
        """Fast stop (everything written is sent to the standbys) or immediate stop (a deposed primary)."""
        if self._child is None:
            return
        log.info("stopping postgres (%s)", "immediate" if immediate else "fast")
        if immediate:
            self._end(signal.SIGQUIT, IMMEDIATE_STOP_S)
            for pid in orphans():
                send(pid, signal.SIGKILL)
        else:
            self._end(signal.SIGINT, FAST_STOP_S)

    def _await_orphans(self) -> None:
        """What outlives its postmaster is paused or hangs, and must not touch the data beside a new one."""
        deadline = time.monotonic() + ORPHANS_S
        while left := orphans():
            self._beat()
            if time.monotonic() > deadline:
                log.warning("backends of the last postmaster still run, SIGKILL: %s", left)
                for pid in left:
                    send(pid, signal.SIGKILL)
                deadline = time.monotonic() + ORPHANS_S
            time.sleep(POLL_S)

    @property
    def paused(self) -> bool:
        """Whether the postmaster was sent a SIGSTOP (proc(5): state T)."""
        return any(one is not None and one[1] == "T" for one in map(process, self.pids))

    @property
    def address(self) -> dict[str, Any]:
        """Where a superuser is let in, for `connect` and for a Talk."""
        name = {"user": "postgres", "dbname": "postgres", "application_name": "ha"}
        return {"host": str(self._settings.run), "port": self._settings.port, **name}

    def connect(self, dbname: str = "postgres") -> psycopg2.extensions.connection:
        """A superuser session over the socket that never waits for a standby. Raises psycopg2.Error."""
        options = "-c synchronous_commit=local -c statement_timeout=10s"
        address = self.address | {"dbname": dbname, "connect_timeout": 2, "options": options}
        connection: psycopg2.extensions.connection = psycopg2.connect(**address)
        connection.autocommit = True
        return connection

    def query(
        self, sql: str, values: tuple[Any, ...] = (), dbname: str = "postgres"
    ) -> list[tuple[Any, ...]]:
        """Run one statement in a session of its own and return its rows. Raises psycopg2.Error."""
        with closing(self.connect(dbname)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall()) if cursor.description else []

    def reload(self) -> None:
        """Reread the configuration; also works while no connection is accepted yet."""
        if self._child is not None:
            self._child.send_signal(signal.SIGHUP)

    def status(self, talk: Talk) -> NodeStatus:
        """One look at the running server. Raises Silence after LOOK_S at the latest."""
        status = read_status(self._settings.me, talk.ask(STATUS, within_s=LOOK_S, **self.address))
        known = {member.name for member in self._settings.members}
        return replace(status, replicas=tuple(r for r in status.replicas if r.name in known))


def clear_stale_socket(run: Path, port: int) -> None:
    """Remove the socket and its lock file; only while nothing of a postmaster lives.

    They outlive the container in its pod's volume. The lock names a pid of the former container, and PostgreSQL does
    not start while anything has that number here, a thread of this agent too (kill(2); miscinit.c, CreateLockFile):
    seen on kind after an agent was killed, a node that never started again.
    """
    for name in (f".s.PGSQL.{port}", f".s.PGSQL.{port}.lock"):
        (run / name).unlink(missing_ok=True)


def orphans() -> list[int]:
    """Pids of all living PostgreSQL processes in this container; orphans when there is no postmaster."""
    return [pid for pid, state, _, name in processes() if name == "postgres" and state != "Z"]


def read_status(name: str, row: tuple[Any, ...]) -> NodeStatus:
    """Turn the row of STATUS into a NodeStatus."""
    in_recovery, received, replayed, flushed, walfile, newest, waiting, receiver, upstream, system_id, fed = (
        row
    )
    if not in_recovery:
        timeline, lsn, settled = int(walfile[:8], 16), parse_lsn(flushed), True
    else:
        timeline, lsn = int(newest or "0", 16), parse_lsn(replayed)
        # A receiver that was there and left may have flushed more than is replayed yet.
        settled = waiting in REPLAYED_ALL and parse_lsn(received) <= lsn
    return NodeStatus(
        name=name,
        role="standby" if in_recovery else "primary",
        timeline=timeline,
        lsn=lsn,
        settled=settled,
        received=parse_lsn(received),
        streaming=receiver == "streaming",
        receiving_from=upstream_name(upstream) if in_recovery else None,
        system_id=system_id,
        replicas=tuple(Replica(*one) for one in fed or ()),
    )


def upstream_name(conninfo: str) -> str | None:
    """The node name in a primary_conninfo, None when there is no upstream."""
    hosts = [part.removeprefix("host=") for part in conninfo.split() if part.startswith("host=")]
    return hosts[0].split(".", 1)[0] if hosts else None
