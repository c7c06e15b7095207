"""The pgpool process group: started, stopped fast, and cleaned up after a death."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

from ha.pool.asleep import rouse
from ha.process import STABLE_S, Child, CommandFailed, Heartbeat, pause_s, processes, run, send
from ha.settings import Settings

__all__ = ["Pgpool", "orphaned_segments", "pcp_processes"]

log = logging.getLogger("ha.pool")

PGPOOL = "/usr/sbin/pgpool"
PID_FILE = "pgpool.pid"
FAST_STOP_S = 3.0
"""SIGINT ends even a pgpool that is wedged in its search within about 2 s (research §5.4)."""
CHATTER = re.compile(
    rb" pcp_\w+ pid \d+: LOG:  (forked new pcp worker|PCP process with pid|status_changed_time)"
)
"""Four lines for every look at the view, and pgpool has no level that hides LOG without hiding ERROR."""


DONE = re.compile(rb"=== (Failover|Failback) done\.")
"""What its main process says when the children may go on (exec_child_restart in pgpool_main.c)."""


def _forward(lines: IO[bytes], done: Callable[[], None]) -> None:
    """pgpool's log to our output, without what our own questions cause; `done` is called after each failover."""
    with lines:
        for line in lines:
            if DONE.search(line):
                threading.Thread(target=done, name="rouse", daemon=True).start()
            if not CHATTER.search(line):
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()


class Pgpool(Child):
    """One pgpool in a process group of its own; its log goes to this program's output."""

    def __init__(self, settings: Settings, run: Path, heart: Heartbeat, program: str = PGPOOL) -> None:
        super().__init__(heart.beat)
        self._run = run
        self._sockets = (f".s.PGSQL.{settings.port}", f".s.PGSQL.{settings.pgpool.pcp_port}")
        self._command = [program, "-n", "-f", "pgpool.conf", "-a", "pool_hba.conf", "-F", "pcp.conf"]
        self._started_at = 0.0
        self._not_before = 0.0
        self._deaths = 0
        self._complete = False

    def tend(self, now: float, states: Sequence[str]) -> bool:
        """Start it, or start it again after a death, with a pause that grows while it keeps dying.

        states: `up` or `down` for each backend, what pgpool is to believe at first. Returns whether it began anew.
        """
        if self.running:
            if not self._robbed():
                return False
            log.error("pgpool runs without its pid file: a child of it removed what all of them share")
            self.restart(now, states)
            return True
        if self._child is not None:
            self._mourn(self._child, now)
        if now < self._not_before:
            return False
        self._start(now, states)
        return True

    def _robbed(self) -> bool:
        """Whether somebody ran pgpool's own clean-up under it.

        Seen on kind: a child killed between its fork and its first line ran the parent's exit handler, which
        removes the semaphores, sockets and pid file of the living; what goes on serving can do no failover.
        """
        there = (self._run / PID_FILE).exists()
        lost, self._complete = self._complete and not there, there
        return lost

    def restart(self, now: float, states: Sequence[str]) -> None:
        """Stop it fast and start it anew; `states` as for tend."""
        self.stop()
        self._deaths = 0
        self._start(now, states)

    def reload(self) -> None:
        """Reread pgpool.conf; no session notices."""
        if self._child is not None:
            self._child.send_signal(signal.SIGHUP)

    def nudge(self) -> None:
        """Have it start the children that are missing now, and not up to 2 s later.

        With dynamic process management a child that ends is replaced by service_child_processes alone, which pgpool's
        main process calls after a pause of 2 s or a signal. After a failover most children end, and none was left to
        take a client for 0.8 to 3 s (watched on kind). SIGCHLD is the signal that it expects anyway.
        """
        if self._child is not None and self.running:
            self._child.send_signal(signal.SIGCHLD)

    def end_pcp(self) -> None:
        """End PCP's processes."""
        self.end(pcp_processes(self.pids))

    def end(self, pids: Iterable[int]) -> None:
        """End some of its children, which pgpool replaces.

        By SIGKILL, because it runs none of the parent's exit handlers in them, and because pgpool starts no new one
        for a child that exits after SIGQUIT (POOL_EXIT_NO_RESTART).
        """
        for pid in pids:
            log.warning("SIGKILL to pgpool's child %d", pid)
            send(pid, signal.SIGKILL)

    @property
    def children(self) -> list[int]:
        """Its children now."""
        return [pid for pid, _, parent, _ in processes() if parent in self.pids]

    def stop(self) -> None:
        """SIGINT, then SIGKILL for whatever is left of the group."""
        groups = self.pids
        self._end(signal.SIGINT, FAST_STOP_S)
        for group in groups:
            _sweep(group)

    def _start(self, now: float, states: Sequence[str]) -> None:
        self._complete = False
        for name in (PID_FILE, *self._sockets):
            (self._run / name).unlink(missing_ok=True)
        # Written at every start, so that no state survives one: what -D is for, but with frozen servers left out.
        (self._run / "pgpool_status").write_text("".join(f"{state}\n" for state in states))
        child = self._spawn(
            self._command, cwd=self._run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0
        )
        arguments = child.stdout, lambda: rouse(lambda: self.children)
        threading.Thread(target=_forward, args=arguments, name="log", daemon=True).start()
        self._started_at = now
        log.info("pgpool started, pid %d", child.pid)

    def _mourn(self, child: subprocess.Popen[bytes], now: float) -> None:
        self._deaths = 0 if now - self._started_at > STABLE_S else self._deaths + 1
        self._not_before = now + pause_s(self._deaths)
        log.error(
            "pgpool ended by itself (%s), next start in %.1f s", child.returncode, pause_s(self._deaths)
        )
        _sweep(child.pid)
        self._child = None


def _sweep(group: int) -> None:
    """End what a killed main process left: children that keep the port and serve on unchecked, shared memory."""
    try:
        os.killpg(group, signal.SIGKILL)
        while True:
            # As PID 1 the orphans are ours; elsewhere they are somebody else's to wait for.
            os.waitpid(-group, 0)
    except (ProcessLookupError, ChildProcessError):
        log.debug("nothing is left of process group %d", group)
    for segment in orphaned_segments(Path("/proc/sysvipc/shm").read_text(), group):
        try:
            run(["ipcrm", "-m", str(segment)], timeout_s=5)
        except CommandFailed as error:
            log.warning("shared memory segment %d stays: %s", segment, error)


def pcp_processes(groups: set[int], proc: Path = Path("/proc")) -> list[int]:
    """PCP's main and worker processes in these process groups, by the title pgpool gives them (pcp_child.c)."""
    found = []
    for pid, *_ in processes(proc):
        with contextlib.suppress(OSError):
            title = (proc / str(pid) / "cmdline").read_bytes()
            if title.startswith(b"pgpool: PCP") and os.getpgid(pid) in groups:
                found.append(pid)
    return found


def orphaned_segments(table: str, creator: int) -> list[int]:
    """Ids of the segments in /proc/sysvipc/shm that this process made and nobody is attached to (proc(5))."""
    head, *rows = (line.split() for line in table.splitlines())
    segments = (dict(zip(head, row, strict=False)) for row in rows)
    return [int(s["shmid"]) for s in segments if int(s["cpid"]) == creator and s["nattch"] == "0"]
