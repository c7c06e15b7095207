"""Letting go of an upstream so that it is certain: what a vote needs before it is told (design.md, rule 5).

pg_stat_wal_receiver hides a receiver that is still connecting, and a changed primary_conninfo counts only when
the startup process has reread it: before that it may launch one receiver more. So the processes themselves are
looked at: SIGHUP, until the startup process has taken it; once more, until it has since gone to sleep again,
which it does only after rereading; and then no walreceiver may be left.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ha.process import process, send

__all__ = ["awaits_wal", "let_go", "receivers", "startup"]

POLL_S = 0.01
SIGHUP_BIT = 1 << (signal.SIGHUP - 1)


def receivers(proc: Path = Path("/proc")) -> list[int]:
    """Pids of walreceivers, connecting ones included."""
    return _titled(proc, "walreceiver")


def startup(proc: Path = Path("/proc")) -> int | None:
    """Pid of the process that replays WAL; there is one exactly while PostgreSQL is in recovery."""
    return next(iter(_titled(proc, "startup")), None)


def awaits_wal(proc: Path = Path("/proc")) -> bool:
    """Whether the startup process sleeps: seen at every look, it waits for WAL; known before it lets anybody in.

    While it replays it runs, or is in uninterruptible sleep for its disk (proc(5): state D). Its title tells only of a
    segment that is missing, not of one that ends too soon: seen on kind, a node that waited for ever.
    """
    replayer = startup(proc)
    found = process(replayer, proc) if replayer is not None else None
    return found is not None and found[1] == "S"


def let_go(
    reload: Callable[[], None],
    within_s: float,
    proc: Path = Path("/proc"),
    kill: Callable[[int, int], None] = send,
) -> bool:
    """After primary_conninfo was emptied on disk: whether nothing can arrive any more, at most `within_s` later."""
    deadline = time.monotonic() + within_s
    reload()
    replayer = startup(proc)
    if replayer is not None:
        # The postmaster passes its own SIGHUP on; one of ours makes sure that there is one to wait for.
        kill(replayer, signal.SIGHUP)
        if not _until(lambda: not _pending(proc, replayer), deadline):
            return False
        slept = _sleeps(proc, replayer)
        kill(replayer, signal.SIGHUP)
        if not _until(lambda: _sleeps(proc, replayer) > slept, deadline):
            return False
    return _until(lambda: not receivers(proc), deadline)


def _until(true: Callable[[], bool], deadline: float) -> bool:
    while not true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _titled(proc: Path, kind: str) -> list[int]:
    """PostgreSQL writes "postgres: [cluster_name: ]KIND ..." over its command line (ps_status.c)."""
    title = re.compile(rf"postgres: (\S+: )?{kind}\b")
    found = []
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                if title.match(
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                ):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def _status(proc: Path, pid: int) -> dict[str, str]:
    """proc(5); empty when the process has ended, which frees whoever waits for it."""
    try:
        lines = (proc / str(pid) / "status").read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _pending(proc: Path, pid: int) -> bool:
    status = _status(proc, pid)
    return any(int(status.get(name, "0"), 16) & SIGHUP_BIT for name in ("SigPnd", "ShdPnd"))


def _sleeps(proc: Path, pid: int) -> int:
    status = _status(proc, pid)
    return int(status["voluntary_ctxt_switches"]) if "voluntary_ctxt_switches" in status else 1 << 62
