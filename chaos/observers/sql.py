"""Every node's own account of itself, asked over SQL; a silent node holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping
from functools import partial
from typing import Any, Literal

import psycopg2
from psycopg2.extensions import connection

from chaos.clients.loop import Loop
from chaos.clients.postgres import Endpoint, Login, connect, execute, explain
from chaos.clients.workload import Wait
from chaos.events import Sample
from chaos.history import History

__all__ = ["STATE", "NodeSamples"]

ANSWER_S = 1.0
"""A node that has not answered by then is silent."""
# A standby may not call pg_current_wal_lsn(), not even in a branch of an expression that is not taken; but a query
# whose condition has no column is skipped as a whole. A timeline is the first 8 digits of a WAL file's name. An epoch
# of -1 is none: the server leads and follows nobody.
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


class _Node:
    """One member and the connection it is asked on."""

    def __init__(self, member: str, endpoint: Endpoint, login: Login) -> None:
        self.member = member
        self._endpoint, self._login = endpoint, login
        self._conn: connection | None = None
        self.busy = False

    def ask(self) -> Generator[Wait, bool, Sample]:
        """Ask once; never raises because of the server."""
        at = time.monotonic()
        try:
            standby, timeline, lsn, streaming, epoch = yield from self._row(at + ANSWER_S)
        except (psycopg2.Error, TimeoutError) as error:
            self.close()
            return Sample(self.member, at, time.monotonic() - at, "silent", error=explain(error))
        took = time.monotonic() - at
        role: Literal["primary", "standby"] = "standby" if standby else "primary"
        return Sample(self.member, at, took, role, int(timeline), int(lsn), epoch, streaming=int(streaming))

    def _row(self, deadline: float) -> Generator[Wait, bool, tuple[Any, ...]]:
        if self._conn is None:
            self._conn = yield from connect([self._endpoint], self._login, deadline)
        cur = self._conn.cursor()
        yield from execute(cur, deadline, STATE)
        [row] = cur.fetchall()
        return row

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


class NodeSamples:
    """Asks every member every `every_s` seconds on a connection that is kept; one thread for all.

    One that has not answered yet is not asked again: who is silent is so once a second.
    """

    name = "node samples"

    def __init__(self, members: Mapping[str, Endpoint], login: Login, every_s: float = 0.2) -> None:
        self._members, self._login, self._every_s = dict(members), login, every_s

    def observe(self, history: History, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        loop = Loop()
        nodes = [_Node(member, endpoint, self._login) for member, endpoint in self._members.items()]
        try:
            for node in nodes:
                self._ask(loop, node, history, time.monotonic())
            while not stop.is_set():
                loop.turn()
        finally:
            loop.close()
            for node in nodes:
                node.close()

    def _ask(self, loop: Loop, node: _Node, history: History, due: float) -> None:
        following = max(due + self._every_s, time.monotonic())
        loop.at(following, partial(self._ask, loop, node, history, following))
        if not node.busy:
            node.busy = True
            loop.start(node.ask(), partial(self._answered, node, history))

    def _answered(self, node: _Node, history: History, sample: Sample) -> None:
        node.busy = False
        history.append(sample)
