"""Whether a standby needs WAL that its primary no longer has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing

from ha.node.catalog import connect_to
from ha.settings import Member, Settings

__all__ = ["oldest_segment", "segment_of", "segments"]

SEGMENT_BYTES = 16 << 20
"""initdb's default --wal-segsize, which we keep."""
PER_LOG = (1 << 32) // SEGMENT_BYTES


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
