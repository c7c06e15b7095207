"""The servers' own word: every backend asked directly, all at once, and SQL through pgpool once a second."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ha.pool.facts import Node
from ha.pool.sql import Silence, ask
from ha.settings import Member, Settings

__all__ = ["Probe", "Truth"]

NODE_S = 1.0
"""As pgpool's own connect_timeout: a server that needs longer is not usable through pgpool either."""
ROUND_S = 1.2
PROBE_S = 3.0
"""More than pgpool's connect_timeout for one backend that does not answer, plus the query."""
FRESH_S = 5.0
"""A readiness older than a probe's deadline plus two periods is no readiness."""

# Each CASE keeps pg_current_wal_lsn() from being called in recovery, where it is an error; a standby's
# timeline is what it receives, and the control file's when it receives nothing.
QUESTION = """
SELECT pg_is_in_recovery(),
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


class Truth:
    """Asks all members in parallel; one that hangs holds its own thread only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(len(settings.members), thread_name_prefix="truth")
        self._pending: dict[str, Future[Node]] = {}

    def look(self) -> tuple[Node, ...]:
        """One round, at most ROUND_S seconds long; an answer to an earlier round's question is none."""
        asked = {}
        for member in self._settings.members:
            old = self._pending.get(member.name)
            if old is None or old.done():
                asked[member.name] = self._threads.submit(self._ask, member)
        self._pending.update(asked)
        wait(asked.values(), timeout=ROUND_S)
        return tuple(self._answer(asked.get(member.name), member.name) for member in self._settings.members)

    def close(self) -> None:
        """Let go of the threads without waiting for them."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _answer(future: Future[Node] | None, name: str) -> Node:
        return future.result() if future and future.done() else Node(name, error="still being asked")

    def _ask(self, member: Member) -> Node:
        try:
            row = ask(
                QUESTION % LAG_BYTES,
                within_s=NODE_S,
                host=member.host,
                port=self._settings.port,
                dbname="postgres",
                user="monitor",
                password=self._settings.secrets.monitor_password,
                application_name="pool-agent",
            )
        except Silence as error:
            return Node(member.name, error=str(error)[:200])
        in_recovery, timeline, streaming, replicas = row
        return Node(member.name, in_recovery, timeline or 0, streaming, tuple(replicas))


class Probe:
    """`SELECT 1` through pgpool in one thread of its own; readers only look at the last outcome."""

    def __init__(self, settings: Settings, period_s: float = 1.0) -> None:
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
