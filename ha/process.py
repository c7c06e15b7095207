"""Child processes of PID 1: run a command with a deadline, stop one politely, reap what others left behind."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

__all__ = ["Child", "CommandFailed", "Heartbeat", "Reaper", "ends", "pause_s", "run", "send", "stop"]

log = logging.getLogger("ha.process")
POLL_S = 0.05
STABLE_S = 10.0
"""What lived this long is started again at once."""
PAUSE_MAX_S = 10.0
IMMEDIATE_STOP_S = 1.0
"""A postmaster needs milliseconds for it (SIGQUIT); one that is paused, or whose disk hangs, gets SIGKILL."""


class CommandFailed(RuntimeError):
    """A command ended with an error or was not done in time; carries its last output lines."""

    def __init__(self, command: Sequence[str], code: int | None, output: str) -> None:
        tail = " | ".join(output.strip().splitlines()[-4:])
        how = "not done in time" if code is None else f"exit code {code}"
        super().__init__(f"{Path(command[0]).name} {' '.join(command[1:3])}: {how}: {tail}")
        self.output = output


def pause_s(deaths: int) -> float:
    """Seconds to wait before the next start after so many quick deaths in a row."""
    return 0.0 if deaths <= 1 else min(0.5 * 2 ** (deaths - 2), PAUSE_MAX_S)


class Heartbeat:
    """When the agent last showed that it is alive; the liveness probe asks only this."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        """The loop, or a long step of it, is moving."""
        self._last = time.monotonic()

    @property
    def age_s(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self._last


def run(
    command: Sequence[str],
    *,
    timeout_s: float,
    beat: Callable[[], None] = lambda: None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run to the end and return stdout and stderr together; calls `beat` while it waits.

    Raises CommandFailed on a non-zero exit and when timeout_s is over (the command is killed).
    """
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(env or {})},
    )
    chunks: list[str] = []
    assert child.stdout is not None
    reader = threading.Thread(target=_drain, args=(child.stdout, chunks), daemon=True)
    reader.start()
    late = not _ended(child, timeout_s, beat)
    if late:
        child.kill()
        child.wait()
    # A grandchild may hold the pipe open (pg_ctl start does): what was read so far has to do.
    reader.join(timeout=1)
    output = "".join(chunks)
    if late or child.returncode:
        raise CommandFailed(command, None if late else child.returncode, output)
    return output


def _drain(pipe: IO[str], chunks: list[str]) -> None:
    with pipe:
        chunks.append(pipe.read())


def ends(child: subprocess.Popen[Any], within_s: float) -> bool:
    """Whether a child of ours ends within the time; told at once (pidfd_open(2)), not at the next look."""
    if child.poll() is not None:
        return True
    pidfd = os.pidfd_open(child.pid)
    try:
        end = select.poll()
        end.register(pidfd, select.POLLIN)
        end.poll(max(0.0, within_s) * 1000)
    finally:
        os.close(pidfd)
    return child.poll() is not None


def _ended(child: subprocess.Popen[Any], within_s: float, beat: Callable[[], None]) -> bool:
    """Wait for a child and call `beat` meanwhile; False when the time is over and it still runs."""
    deadline = time.monotonic() + within_s
    while not ends(child, min(POLL_S, deadline - time.monotonic())):
        if time.monotonic() >= deadline:
            return False
        beat()
    return True


def stop(
    child: subprocess.Popen[bytes], sig: signal.Signals, *, within_s: float, beat: Callable[[], None]
) -> None:
    """Send `sig`, wait, and kill what does not end within the time."""
    if child.poll() is None:
        child.send_signal(sig)
    if not _ended(child, within_s, beat):
        log.warning("pid %d did not end within %.0f s of %s: SIGKILL", child.pid, within_s, sig.name)
        child.kill()
        child.wait()


def send(pid: int, sig: int) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sig)


class Child:
    """At most one process at a time, of a program that is to go on running."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def pids(self) -> set[int]:
        """The child's pid, which the reaper must leave alone."""
        return {self._child.pid} if self._child else set()

    def forget(self) -> int | None:
        """After it ended by itself: its exit code; None when there was no child."""
        code = self._child.poll() if self._child else None
        self._child = None
        return code

    def _spawn(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
        return self._child

    def _end(self, sig: signal.Signals, within_s: float) -> None:
        """Send `sig` and wait; SIGKILL when the time is over. Harmless without a child."""
        if self._child is not None:
            stop(self._child, sig, within_s=within_s, beat=self._beat)
        self._child = None


class Reaper:
    """Waits for orphans that the kernel gave to PID 1 (backends of a killed postmaster, repmgrd's shells).

    Our own children are waited for by whoever started them, promptly; a zombie of ours that is seen in two
    scans and is not in `owned` is therefore an orphan.
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._seen: set[int] = set()

    def scan(self, owned: set[int]) -> list[int]:
        """Reap the orphans among our zombies; returns their pids. Call once in a while."""
        zombies = set(self._zombies()) - owned if _has_zombies() else set()
        orphans = sorted(zombies & self._seen)
        self._seen = zombies
        for pid in orphans:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                log.debug("pid %d was reaped by its owner", pid)
        return orphans

    def _zombies(self) -> list[int]:
        me = os.getpid()
        return [pid for pid, state, parent, _ in processes(self._proc) if state == "Z" and parent == me]


def _has_zombies() -> bool:
    """Whether any child of ours has ended and was not waited for: one call, and it leaves it a zombie."""
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False


def process(pid: int, proc: str | Path = "/proc") -> tuple[int, str, int, str] | None:
    """(pid, state letter, parent pid, command name) of one process in this PID namespace, if there is one (proc(5))."""
    try:
        # Four times a second for dozens of processes: pathlib took 8 % of a core for it.
        file = os.open(f"{proc}/{pid}/stat", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        stat = os.read(file, 4096).decode(errors="replace")
    except ProcessLookupError:
        return None
    finally:
        os.close(file)
    begin, end = stat.index("("), stat.rindex(")")
    state, parent, _ = stat[end + 2 :].split(" ", 2)
    return pid, state, int(parent), stat[begin + 1 : end]


def processes(proc: str | Path = "/proc") -> list[tuple[int, str, int, str]]:
    """What `process` tells of every process in this PID namespace."""
    told = (process(int(name), proc) for name in os.listdir(proc) if name.isdigit())
    return [one for one in told if one]
