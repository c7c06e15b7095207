"""The processes of a pod as its node sees them, and which of them is meant by `postmaster` or `backend`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "Process",
    "agent",
    "backend",
    "containers",
    "parse",
    "pgpool",
    "pgpool_all",
    "postgres_all",
    "postmaster",
    "repmgrd",
]

AGENT = re.compile(r"(^|/)ha (node|pool)( |$)")
# `postgres: CLUSTER: USER DATABASE HOST(PORT) WHAT`; the name of the cluster is there when it is set.
BACKEND = re.compile(r"postgres: (?:[^ ]+: )?(?P<user>[^ ]+) [^ ]+ (?P<host>\[local\]|[^ ]+\(\d+\)) ")
SENDERS = ("walsender", "walreceiver")
"""Their titles look like those of backends."""
OWN_USERS = ("repmgr", "postgres")
"""The platform's own connections; killing one tests the same, but no client's write is under way in it."""
PAUSE = "catatonit"
"""What holds a pod's namespaces on the nodes we build; `pause` on others."""


@dataclass(frozen=True)
class Process:
    """One process at one moment, by its number on the node."""

    pid: int
    parent: int
    container: int
    """The number of its container's first process."""
    start: int
    """In ticks since the node's boot: tells it from a later process of the same number."""
    state: str
    """R, S, D, T (stopped), Z."""
    comm: str
    command: str

    @property
    def ticket(self) -> str:
        """What the script that sends signals takes."""
        return f"{self.pid}:{self.start}"


def parse(lines: Iterable[str]) -> list[Process]:
    """Return the processes that the script PROCESSES printed."""
    return [_process(line) for line in lines if line]


def _process(line: str) -> Process:
    told, _, command = line.partition("|")
    pid, container, rest = told.split(" ", 2)
    comm, _, stat = rest.rpartition(") ")
    fields = stat.split()
    return Process(
        pid=int(pid),
        parent=int(fields[1]),
        container=int(container),
        # The 22nd field of /proc/PID/stat; the first two are cut off.
        start=int(fields[19]),
        state=fields[0],
        comm=comm,
        command=command.strip(),
    )


def postmaster(found: Sequence[Process]) -> list[Process]:
    """Return the PostgreSQL processes that are nobody's child process."""
    return _eldest(found, "postgres")


def postgres_all(found: Sequence[Process]) -> list[Process]:
    """Return the postmaster, then everybody it started."""
    return _family(found, "postgres")


def backend(found: Sequence[Process]) -> list[Process]:
    """Return the oldest backend of a client, else one of the platform's own connections.

    The oldest, because a fresh connection is gone before a signal arrives.
    """
    seen = [(process, BACKEND.match(process.command)) for process in found if process.comm == "postgres"]
    ours = [
        (process, match["user"] in OWN_USERS)
        for process, match in seen
        if match and match["user"] not in SENDERS
    ]
    return [process for process, _ in sorted(ours, key=lambda it: (it[1], it[0].start))][:1]


def repmgrd(found: Sequence[Process]) -> list[Process]:
    """Return repmgrd."""
    return [process for process in found if process.comm == "repmgrd"]


def agent(found: Sequence[Process]) -> list[Process]:
    """Return the agent of a node or a pool, the first process of its container."""
    return [process for process in containers(found) if AGENT.search(process.command)]


def pgpool(found: Sequence[Process]) -> list[Process]:
    """Return pgpool's main process."""
    return _eldest(found, "pgpool")


def pgpool_all(found: Sequence[Process]) -> list[Process]:
    """Return pgpool's main process, then everybody it started."""
    return _family(found, "pgpool")


def containers(found: Sequence[Process]) -> list[Process]:
    """Return the first process of every container: with it the whole container ends."""
    return [process for process in found if process.pid == process.container and process.comm != PAUSE]


def _eldest(found: Sequence[Process], comm: str) -> list[Process]:
    alike = [process for process in found if process.comm == comm]
    pids = {process.pid for process in alike}
    return [process for process in alike if process.parent not in pids]


def _family(found: Sequence[Process], comm: str) -> list[Process]:
    eldest = _eldest(found, comm)
    return [*eldest, *(process for process in found if process.comm == comm and process not in eldest)]
