"""Sessions of pgpool that hang on a server that is gone, told from those that work.

Watched on 4.6.1: when a standby's backends end with 57P02 (one of them was killed, or an immediate stop), a session
that never reads from that standby can hang for good. Its child waits in read() on the primary's socket, which has
nothing to say, while the client's next question lies unread. A detach of the standby kills only who reads from it.
Nor does it kill who is still connecting to a silent server for a new session, for as long as the kernel tries (127 s):
connect_with_timeout in pool_connection_pool.c begins again after each connect_timeout, also when its client has long
gone. Ten of them at once were seen so for 69 s, and a pool that has no child left serves nobody.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Socket", "Stuck", "owners", "parse", "sessions", "stuck"]

STUCK_S = 1.0
"""As pgpool's connect_timeout, which its children ignore. A connect takes a millisecond; so does reading a client's
question unless the answer to the last one is awaited."""
OTHERS = (b"pgpool: health check", b"pgpool: PCP", b"pgpool: worker")
"""Titles of children that serve no client (ps_status.c). A health check must find its server silent by itself."""
ESTABLISHED, SYN_SENT, CLOSE_WAIT = 0x01, 0x02, 0x08
"""States of include/net/tcp_states.h: open, not answered yet, and closed by the other side."""


@dataclass(frozen=True)
class Socket:
    """One TCP socket of this network namespace. unread: bytes that came and nobody has read."""

    inode: int
    local_port: int
    remote_port: int
    state: int
    unread: int


def parse(table: str) -> Iterator[Socket]:
    """The sockets that are open or being opened, in the text of /proc/net/tcp or tcp6 (proc(5))."""
    for row in (line.split() for line in table.splitlines()[1:]):
        # Most are in TIME_WAIT: on a busy pool reading those took a quarter of the agent's time.
        if int(row[3], 16) not in (ESTABLISHED, SYN_SENT, CLOSE_WAIT):
            continue
        local, remote = (int(field.rpartition(":")[2], 16) for field in row[1:3])
        yield Socket(int(row[9]), local, remote, int(row[3], 16), int(row[4].partition(":")[2], 16))


def stuck(sockets: Sequence[Socket], owner: Mapping[int, int], port: int) -> set[tuple[int, int]]:
    """(child, inode of a socket) of each that waits for a server that is gone.

    The socket is the one it knocks with, whether its client is still there or not, or that of the client it keeps
    waiting. owner: which session's child holds the socket with this inode. port: pgpool's and the servers'.
    """
    lost = [s for s in sockets if is_lost(s, port) and s.inode in owner]
    left = {owner[s.inode] for s in lost if s.state == CLOSE_WAIT}
    clients = [s for s in sockets if s.local_port == port and s.state == ESTABLISHED and s.inode in owner]
    knocking = {(owner[s.inode], s.inode) for s in lost if s.state == SYN_SENT}
    return knocking | {(owner[s.inode], s.inode) for s in clients if s.unread and owner[s.inode] in left}


def is_lost(found: Socket, port: int) -> bool:
    """Whether this is our end of a connection to a server that has closed it, or has not answered yet."""
    return found.remote_port == port and found.state in (SYN_SENT, CLOSE_WAIT)


def owners(pids: Iterable[int], proc: Path = Path("/proc")) -> dict[int, int]:
    """Inode of a socket → the process of `pids` that holds it."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in (proc / str(pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    target = os.readlink(entry)
                    if target.startswith("socket:["):
                        found[int(target[8:-1])] = pid
    return found


def sessions(pids: Iterable[int], proc: Path = Path("/proc")) -> list[int]:
    """Those of pgpool's children that serve clients."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            if not (proc / str(pid) / "cmdline").read_bytes().startswith(OTHERS):
                found.append(pid)
    return found


class Stuck:
    """Who hangs for how long; asked once per look."""

    def __init__(self, port: int, proc: Path = Path("/proc")) -> None:
        self._port = port
        self._proc = proc
        self._since: dict[tuple[int, int], float] = {}

    def look(self, children: Iterable[int], now: float) -> tuple[int, ...]:
        """The children that have been found stuck, on the same socket, for STUCK_S seconds."""
        tables = [(self._proc / "net" / name) for name in ("tcp", "tcp6")]
        sockets = [s for table in tables if table.exists() for s in parse(table.read_text())]
        found: set[tuple[int, int]] = set()
        # Nearly always nobody: the files of all children are read only when a server is gone.
        if any(is_lost(s, self._port) for s in sockets):
            found = stuck(sockets, owners(sessions(children, self._proc), self._proc), self._port)
        self._since = {key: self._since.get(key, now) for key in found}
        return tuple(sorted({pid for (pid, _), since in self._since.items() if now - since >= STUCK_S}))
