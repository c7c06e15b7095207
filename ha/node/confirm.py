"""A primary asks itself four times a second whether its standbys still confirm, by a probe that really advances.

That a standby is connected says nothing: a hung disk on either side keeps the connection and confirms nothing.
So each probe writes a record and flushes it, and a standby counts while the newest probe that it has flushed is
at most a second old (design.md, rule 6).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping

import psycopg2
import psycopg2.extensions

from ha.failpoints import OFF, Failpoints
from ha.node.around import Since
from ha.node.facts import parse_lsn
from ha.node.server import Server

__all__ = ["FRESH_S", "Confirmations", "Prober"]

log = logging.getLogger("ha.confirm")
PERIOD_S = 0.25
FRESH_S = 1.0
"""How long a confirmation is news: three probes may be late before the primary stops counting a standby."""
FORGIVING_S = 3.0
"""A primary that is asked for its vote stops at once when it grants. A standby that has heard nobody yet asks too, and
on a busy machine it was granted (seen: a second outage when a dead node came back). Refusing is always safe."""
DOOR_EVERY_S = 1.0
PAUSED_S = 2.5
"""Seen stopped at every look for so long. Not: not seen running for so long, as a busy machine does that too."""
SHUT_S = 20.0
"""Ten attempts of 2 s: a machine at fifty times its load has let somebody in by then (watched: 4 s were too few)."""
RUN_AHEAD_AT = (4, 5)
"""Unconfirmed probes in a row after which the failpoint long-branch begins a new segment: no slip of a busy machine,
well before the fence, and more than all that others write in an experiment."""
PROBE = "SELECT pg_logical_emit_message(false, 'kube-flask', '', true)"
FLUSHED = "SELECT application_name, flush_lsn::text FROM pg_stat_replication WHERE state = 'streaming'"
SWITCH = "SELECT pg_switch_wal()"


class Confirmations:
    """Which standbys have flushed which probe; times are monotonic seconds."""

    def __init__(self, members: Iterable[str]) -> None:
        self._members = frozenset(members)
        self._probes: deque[tuple[int, float]] = deque(maxlen=64)
        self._latest: dict[str, float] = {}

    def probed(self, lsn: int, at: float) -> None:
        """A probe that was sent at `at` ends at `lsn`."""
        self._probes.append((lsn, at))

    def flushed(self, by: Mapping[str, int]) -> None:
        """How far each connected standby has flushed; one that is not named is not connected."""
        self._latest = {
            name: max((at for lsn, at in self._probes if lsn <= by[name]), default=float("-inf"))
            for name in self._members & by.keys()
        }

    def count(self, now: float, within_s: float = FRESH_S) -> int:
        """Standbys with news of the last `within_s` seconds."""
        return sum(now - at <= within_s for at in self._latest.values())


class Prober:
    """A thread beside the sampler: probes while this node is primary, and tries the front door once a second."""

    def __init__(
        self,
        server: Server,
        members: Iterable[str],
        is_primary: Callable[[], bool],
        failpoints: Failpoints = OFF,
    ) -> None:
        self._server = server
        self._failpoints = failpoints
        self._unconfirmed: int | None = None
        self._members = tuple(members)
        self._is_primary = is_primary
        self._confirmations = Confirmations(self._members)
        self._connection: psycopg2.extensions.connection | None = None
        self._entered = time.monotonic()
        self._paused = Since()

    def start(self) -> None:
        """Begin probing."""
        threading.Thread(target=self._loop, args=(self._probe, PERIOD_S), name="prober", daemon=True).start()
        threading.Thread(
            target=self._loop, args=(self._enter, DOOR_EVERY_S), name="door", daemon=True
        ).start()

    @property
    def confirming(self) -> int:
        """Standbys that confirmed a probe of the last second; 0 while this node is not primary."""
        return self._confirmations.count(time.monotonic()) if self._is_primary() else 0

    @property
    def confirmed_lately(self) -> int:
        """As `confirming`, of the last FORGIVING_S: enough for the primary to refuse a vote."""
        return self._confirmations.count(time.monotonic(), FORGIVING_S) if self._is_primary() else 0

    def hangs(self) -> str | None:
        """Look whether nobody can be let in any more, and why; a paused postmaster still serves its old sessions."""
        is_primary = self._is_primary()
        paused_s = self._paused.update(is_primary and self._server.paused)
        shut_s = time.monotonic() - self._entered
        if not is_primary:
            return None
        if paused_s > PAUSED_S:
            return f"its postmaster has been paused for {paused_s:.0f} s"
        return f"it has let nobody in for {shut_s:.0f} s" if shut_s > SHUT_S else None

    def _loop(self, work: Callable[[], None], period_s: float) -> None:
        while True:
            try:
                work()
            except psycopg2.Error as error:
                log.debug("not probed: %s", str(error).strip())
                self._close()
            time.sleep(period_s)

    def _probe(self) -> None:
        if not self._is_primary():
            self._confirmations, self._unconfirmed = Confirmations(self._members), None
            return self._close()
        if self._connection is None:
            self._connection = self._server.connect()
        confirmations = self._confirmations
        with self._connection.cursor() as cursor:
            at = time.monotonic()
            cursor.execute(PROBE)
            [(lsn,)] = cursor.fetchall()
            confirmations.probed(parse_lsn(lsn), at)
            cursor.execute(FLUSHED)
            confirmations.flushed({name: parse_lsn(lsn) for name, lsn in cursor.fetchall()})
            if self._failpoints.on("long-branch"):
                self._run_ahead(cursor, confirmations.count(time.monotonic()))

    def _run_ahead(self, cursor: psycopg2.extensions.cursor, confirming: int) -> None:
        """Only after somebody confirmed: a new primary's first standbys must not get the long branch too."""
        if confirming:
            self._unconfirmed = 0
        elif self._unconfirmed is not None:
            self._unconfirmed += 1
            if self._unconfirmed in RUN_AHEAD_AT:
                cursor.execute(SWITCH)

    def _enter(self) -> None:
        if not self._is_primary():
            self._entered = time.monotonic()
            return
        self._server.connect().close()
        self._entered = time.monotonic()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
