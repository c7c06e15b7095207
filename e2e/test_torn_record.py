"""The primary dies while it sends a record: its standbys hold the beginning of it, and elect all the same."""

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl, Refused
from e2e.platform import primary, psql, query

RECORD = "SELECT pg_logical_emit_message(false, 'chaos', repeat('x', 150000000), true)"
"""One record of 150 MB, flushed: an index build writes up to 256 KB in one, which is harder to hit."""
AT_MOST = 4
BEGUN = "SELECT coalesce(pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() > 1e7, false)"


@contextmanager
def a_long_record(kubectl: Kubectl, member: str) -> Iterator[None]:
    """Write it in the background, again if it got through whole; whoever writes it loses its server."""

    def write() -> None:
        with suppress(Refused, subprocess.TimeoutExpired):
            for _ in range(AT_MOST):
                psql(kubectl, member, RECORD)

    writer = threading.Thread(target=write)
    writer.start()
    yield
    writer.join()


def wait_begun(target: KindTarget, standbys: Sequence[str]) -> None:
    """Return as soon as all have received part of it: half a second later they would have it all."""
    clients, deadline = target.reach.clients, time.monotonic() + DEADLINES.command
    while not all(query(target, clients.of(standby), "todo-ro", BEGUN)[0][0] for standby in standbys):
        assert time.monotonic() < deadline, "the record never reached the standbys"


def test_the_primary_dies_within_a_record(target: KindTarget, kubectl: Kubectl, recorded: Recorded) -> None:
    old = primary(target)
    standbys = [member for member in target.facts().members if member != old.name]

    with recorded("postmaster-killed") as live, a_long_record(kubectl, old.name):
        wait_begun(target, standbys)
        live.inject("postmaster-killed", old.name)
        live.wait_steady(DEADLINES.promoted)
        assert live.wait_healthy() == []
