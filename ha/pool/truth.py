"""The servers' own word: every backend asked directly, all at once, and SQL through pgpool every other second."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from ha.names import Names
from ha.pool.facts import UNKNOWN_EPOCH, Node
from ha.settings import Member, Settings
from ha.sql import Silence, Talk, ask

__all__ = ["Probe", "Truth"]

NODE_S = 1.0
"""As pgpool's own connect_timeout: a server that needs longer is not usable through pgpool either."""
ROUND_S = 1.2
MUTE_WAIT_S = 0.6
"""What a round grants to those who let the last one wait in vain. A healthy server answers within 50 ms; a full
ROUND_S for each dead one would keep both pools from agreeing within 2 s of a promotion."""
PROBE_S = 3.0
"""More than pgpool's connect_timeout for one backend that does not answer, plus the query."""
PERIOD_S = 2.0
"""Sessions to the database `postgres` are never cached by pgpool: each probe opens one on every server."""
FRESH_S = PROBE_S + 2 * PERIOD_S
"""A readiness older than a probe's deadline plus two periods is no readiness."""

# Each CASE keeps pg_current_wal_lsn() from being called in recovery, where it is an error; a standby's
# timeline is what it receives, and the control file's when it receives nothing. Who answers is asked too: an
# address that was another pod's a moment ago must not speak for that pod.
QUESTION = """
SELECT current_setting('cluster_name'), coalesce(current_setting('kube_flask.epoch', true), ''),
       pg_is_in_recovery(),
       CASE WHEN pg_is_in_recovery()
            THEN greatest((SELECT received_tli FROM pg_stat_wal_receiver),
                          (SELECT timeline_id FROM pg_control_checkpoint()))
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
       coalesce((SELECT status = 'streaming' FROM pg_stat_wal_receiver), false),
       ARRAY(SELECT application_name FROM pg_stat_replication
             WHERE state = 'streaming'
             AND CASE WHEN pg_is_in_recovery() THEN true
                      ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) < %d END
             ORDER BY 1)
"""
LAG_BYTES = 16 * 1024 * 1024
"""One WAL segment: a standby that is further behind does not count as streaming (bulk loads aside, replay of
that much takes well under a second)."""


def read_node(member: str, row: Sequence[Any]) -> Node:
    """Turn the row of QUESTION into what this member says about itself."""
    who, epoch, in_recovery, timeline, streaming, replicas = row
    if who != member:
        return Node(member, error=f"its address answers as {who or 'somebody without a name'}")
    known = int(epoch) if epoch.isascii() and epoch.isdigit() else UNKNOWN_EPOCH
    return Node(member, in_recovery, known, timeline or 0, streaming, tuple(replicas))


class Truth:
    """Asks all members in parallel; one that hangs holds its own thread only.

    A silent server's session is never asked again, and no session is asked for long.
    """

    def __init__(self, settings: Settings, names: Names) -> None:
        self._settings = settings
        self._names = names
        self._threads = ThreadPoolExecutor(len(settings.members), thread_name_prefix="truth")
        self._pending: dict[str, Future[Node]] = {}
        self._mute: set[str] = set()
        self._talks = {member.name: Talk() for member in settings.members}

    def look(self) -> tuple[Node, ...]:
        """One round, at most ROUND_S seconds long; an answer to an earlier round's question is none."""
        asked = {}
        for member in self._settings.members:
            old = self._pending.get(member.name)
            if old is None or old.done():
                # One that did answer, only late, is waited for again.
                if old is not None and not old.result().error:
                    self._mute.discard(member.name)
                asked[member.name] = self._threads.submit(self._ask, member)
        self._pending.update(asked)
        began = time.monotonic()
        wait([future for name, future in asked.items() if name not in self._mute], timeout=ROUND_S)
        wait(asked.values(), timeout=max(0.0, began + MUTE_WAIT_S - time.monotonic()))
        nodes = tuple(self._answer(asked.get(member.name), member.name) for member in self._settings.members)
        self._mute = {node.name for node in nodes if node.error}
        return nodes

    def close(self) -> None:
        """Let go of the threads without waiting for them."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _answer(future: Future[Node] | None, name: str) -> Node:
        return future.result() if future and future.done() else Node(name, error="no answer in time")

    def _ask(self, member: Member) -> Node:
        known = self._names.of(member.name)
        if not known.address:
            return Node(
                member.name, error=known.error or "its name is still being looked up", gone=known.gone
            )
        try:
            row = self._talks[member.name].ask(
                QUESTION % LAG_BYTES,
                within_s=NODE_S,
                host=member.host,
                hostaddr=known.address,
                port=self._settings.port,
                dbname="postgres",
                user="monitor",
                password=self._settings.secrets.monitor_password,
                application_name="pool-agent",
            )
        except Silence as error:
            return Node(member.name, error=str(error)[:200], gone=error.lost)
        return read_node(member.name, row)


class Probe:
    """`SELECT 1` through pgpool in one thread of its own; readers only look at the last outcome."""

    def __init__(self, settings: Settings, period_s: float = PERIOD_S) -> None:
        self._settings = settings
        self._period_s = period_s
        self._ok_at = float("-inf")
        self._answered_at = time.monotonic()
        self._last = "not asked yet"
        self._stop = threading.Event()

    @property
    def silent_s(self) -> float:
        """Seconds since the last reply; a refusal for lack of children is one, a hang is none."""
        return time.monotonic() - self._answered_at

    @property
    def ready(self) -> bool:
        """Whether SQL through pgpool succeeded within FRESH_S seconds."""
        return time.monotonic() - self._ok_at < FRESH_S

    @property
    def last(self) -> str:
        """Outcome of the last question, for people."""
        return self._last

    def start(self) -> None:
        """Begin to ask, once per period."""
        threading.Thread(target=self._loop, name="probe", daemon=True).start()

    def stop(self) -> None:
        """Ask no more, and be not ready from now on."""
        self._stop.set()
        self._ok_at = float("-inf")

    def _loop(self) -> None:
        while not self._stop.wait(self._period_s):
            try:
                ask(
                    "SELECT 1",
                    within_s=PROBE_S,
                    host="127.0.0.1",
                    port=self._settings.port,
                    dbname="postgres",
                    user="monitor",
                    password=self._settings.secrets.monitor_password,
                    application_name="pool-probe",
                    sslmode="disable",
                )
            except Silence as error:
                self._last = str(error)[:200]
                if error.answered:
                    self._answered_at = time.monotonic()
            else:
                self._ok_at = self._answered_at = time.monotonic()
                self._last = "ok"
