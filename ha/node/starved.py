"""Whether a standby needs WAL that it does not get, and what helps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing

from ha.node.catalog import connect_to
from ha.node.facts import NodeStatus
from ha.settings import Member, Settings

__all__ = ["TORN_S", "TornEnd", "oldest_segment", "segment_of", "segments"]

SEGMENT_BYTES = 16 << 20
"""initdb's default --wal-segsize, which we keep."""
PER_LOG = (1 << 32) // SEGMENT_BYTES
TORN_S = 1.5
"""Fifteen wal_retrieve_retry_intervals, and longer than a query may hold up the replay (1 s)."""


class TornEnd:
    """For how long a standby has had the same end of WAL that it cannot replay.

    A primary sends what is flushed, up to the middle of a record. When it dies then, its standbys have received more
    than they will ever replay, and pg_last_wal_receive_lsn() says so until PostgreSQL is started again. Seen on kind: a
    record of 150 MB was under way, neither standby could say what it held, and nobody led any more.
    """

    def __init__(self) -> None:
        self._end: tuple[int, int] | None = None
        self._since = 0.0

    def is_given_up(self, me: NodeStatus, now: float) -> bool:
        """Take in what this node says of itself at a monotonic second: whether only a restart helps."""
        if me.role == "starting":
            return False  # it could not be asked just now, and nothing has changed
        torn = me.role == "standby" and not me.streaming and me.received > me.lsn
        end = (me.received, me.lsn) if torn else None
        if end != self._end:
            self._end, self._since = end, now
        return end is not None and now - self._since >= TORN_S


def segment_of(lsn: int) -> int:
    """The number of the segment that the next byte after `lsn` belongs to, over all timelines."""
    return lsn // SEGMENT_BYTES


def segments(names: Iterable[str]) -> list[int]:
    """Segment numbers in file names (timeline, log, segment: 8 hex digits each); other files are left out."""
    found = (re.fullmatch(r"[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})", name) for name in names)
    return [int(match[1], 16) * PER_LOG + int(match[2], 16) for match in found if match]


def oldest_segment(settings: Settings, primary: Member) -> int:
    """The oldest segment that the primary still has. Raises psycopg2.Error, and ValueError when it has none."""
    with closing(connect_to(settings, primary)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_ls_waldir()")
        return min(segments(name for (name,) in cursor.fetchall()))
