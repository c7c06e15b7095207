"""Sessions of pgpool that hang on a server that is gone, told from those that work.

Watched on 4.6.1: when a standby's backends end with 57P02 (one of them was killed, or an immediate stop), a session
that never reads from that standby can hang for good. Its child waits in read() on the primary's socket, which has
nothing to say, while the client's next question lies unread. A detach of the standby kills only who reads from it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Socket", "Stuck", "owners", "parse", "stuck"]

STUCK_S = 1.0
"""A child reads its client's question within microseconds unless it waits for a server's answer to the last one."""
ESTABLISHED, CLOSE_WAIT = 0x01, 0x08
"""States of include/net/tcp_states.h; in the second one the other side has closed."""


@dataclass(frozen=True)
class Socket:
    """One TCP socket of this network namespace. unread: bytes that came and nobody has read."""

    inode: int
    local_port: int
    remote_port: int
    state: int
    unread: int


def parse(table: str) -> Iterator[Socket]:
    """The sockets in the text of /proc/net/tcp or tcp6 (proc(5))."""
    for row in (line.split() for line in table.splitlines()[1:]):
        local, remote = (int(field.rpartition(":")[2], 16) for field in row[1:3])
        yield Socket(int(row[9]), local, remote, int(row[3], 16), int(row[4].partition(":")[2], 16))


def stuck(sockets: Sequence[Socket], owner: Mapping[int, int], port: int) -> set[tuple[int, int]]:
    """(child, inode of its client's socket) of each that keeps a client waiting beside a server that has hung up.

    owner: which child holds the socket with this inode; one child has one client. port: pgpool's and the servers'.
    """
    hung_up = {owner.get(s.inode) for s in sockets if is_closed_server(s, port)} - {None}
    clients = (s for s in sockets if s.local_port == port and s.state == ESTABLISHED and s.unread)
    return {(owner[s.inode], s.inode) for s in clients if owner.get(s.inode) in hung_up}


def is_closed_server(found: Socket, port: int) -> bool:
    """Whether this is our end of a connection to a server that the server has closed."""
    return found.remote_port == port and found.state == CLOSE_WAIT


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


class Stuck:
    """Who hangs for how long; asked once per look."""

    def __init__(self, port: int, proc: Path = Path("/proc")) -> None:
        self._port = port
        self._proc = proc
        self._since: dict[tuple[int, int], float] = {}

    def look(self, children: Iterable[int], now: float) -> tuple[int, ...]:
        """The children that have been found stuck, with the same client, for STUCK_S seconds."""
        tables = [(self._proc / "net" / name) for name in ("tcp", "tcp6")]
        sockets = [s for table in tables if table.exists() for s in parse(table.read_text())]
        found: set[tuple[int, int]] = set()
        # Nearly always nobody: the files of all children are read only when a server has hung up.
        if any(is_closed_server(s, self._port) for s in sockets):
            found = stuck(sockets, owners(children, self._proc), self._port)
        self._since = {key: self._since.get(key, now) for key in found}
        return tuple(sorted(pid for (pid, _), since in self._since.items() if now - since >= STUCK_S))
