"""A node's seat in the vote: the durable record, the lock that every decision holds, and what dies with the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ha.settings import Settings
from ha.vote.epoch import Epoch, Seat
from ha.vote.life import forgetful
from ha.vote.lineage import ANYBODY
from ha.vote.record import Lost, Memory, Record
from ha.vote.store import Store

__all__ = ["Busy", "Voter", "seat_of"]


class Busy(RuntimeError):
    """Somebody else decides about this node just now."""


def seat_of(settings: Settings) -> Seat:
    """N, k and the ordinal, from the settings: repmgr.nodes may be stale."""
    return Seat(settings.self_member.ordinal, len(settings.members), settings.sync_standbys)


class Voter:
    """The record as it is on disk, and the volatile facts that belong to it.

    leads: set from the moment the epoch's row is written until PostgreSQL stops. following: the epoch that the
    present upstream was set for. Everything is changed under `lock`; the record is on disk before it is here.
    """

    def __init__(self, settings: Settings) -> None:
        self._store = Store(settings.volume / "vote.json", seat_of(settings))
        self._lock = threading.RLock()
        self._failpoints = settings.failpoints
        self.memory: Memory = Lost("the agent has not read it yet")
        self.leads: Epoch | None = None
        self.following: Epoch | None = None
        self.handing_over = False

    @property
    def seat(self) -> Seat:
        """To be asked after `recall`: k is the lowest one that was ever in force."""
        return self._store.seat

    @property
    def told(self) -> Memory:
        """The record by which positions are told and compared in a vote."""
        if self._failpoints.on("lineage-off") and isinstance(self.memory, Record):
            return replace(self.memory, reigns=ANYBODY)
        return self.memory

    @contextmanager
    def alone(self, within_s: float = -1) -> Iterator[None]:
        """Hold the lock; -1 waits as long as it takes. Raises Busy."""
        if self._failpoints.on("lock-off"):
            yield
            return
        if not self._lock.acquire(timeout=within_s):
            raise Busy("this node is busy with another decision")
        try:
            yield
        finally:
            self._lock.release()

    def recall(self, *, empty: bool) -> Memory:
        """Read the record once more. empty: the volume holds no data, so a missing record was never written."""
        memory = self._store.read()
        self.memory = Lost(memory.why) if isinstance(memory, Lost) and not empty else memory
        return self.memory

    def keep(self, record: Record) -> None:
        """Return only when the record is durable; nothing it licenses may be done before. Raises OSError."""
        if record != self.memory:
            self._store.write(forgetful(record) if self._failpoints.on("promise-volatile") else record)
            self.memory = record

    def stopped(self) -> None:
        """PostgreSQL does not run (any more): it leads nobody, and starts again without an upstream."""
        self.leads, self.following = None, None
