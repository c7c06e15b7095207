"""Shells that wait on the nodes: `docker exec` alone was seen to take 10 s while a pod was being torn down.

What breaks something must happen when the history says so, and a health check that enters every node anew costs more
than what it looks at.
"""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["Ended", "Late", "Said", "Shell", "Shells"]

GREETING_S = 2.0
"""For a waiting shell to show that it still lives: its node may have been killed, or be paused."""
CHUNK = 65536


class Ended(OSError):
    """The shell has ended; what it said last."""


class Late(OSError):
    """No end of the command in time."""


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    out: str
    error: str
    code: int


class Shell:
    """One shell, for one command at a time."""

    def __init__(self, enter: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(enter, stdin=pipe, stdout=pipe, stderr=pipe)
        self._streams = [stream for stream in (self._child.stdout, self._child.stderr) if stream]
        for stream in self._streams:
            os.set_blocking(stream.fileno(), False)

    def run(self, argv: Sequence[str], timeout_s: float) -> Said:
        """Run a command to its end. Raises Ended and Late; then this shell is of no use any more."""
        mark = uuid.uuid4().hex
        # The mark of stderr tells that all of it has been read.
        line = (
            f"{shlex.join(argv)} < /dev/null; printf '\\n%s %d\\n' {mark} $?; printf '\\n%s\\n' {mark} >&2\n"
        )
        assert self._child.stdin
        try:
            self._child.stdin.write(line.encode())
            self._child.stdin.flush()
        except OSError as error:
            raise Ended(str(error)) from error
        out, complaint = self._read(f"\n{mark}".encode(), time.monotonic() + timeout_s)
        said, _, code = out.decode(errors="replace").rpartition(f"\n{mark} ")
        return Said(said, complaint.decode(errors="replace").rpartition(f"\n{mark}")[0], int(code))

    def close(self) -> None:
        """End it, and whoever entered the node for it."""
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, *self._streams):
            # What was never sent to a shell that has ended cannot be sent now either.
            with suppress(OSError):
                if stream:
                    stream.close()

    def _read(self, mark: bytes, deadline: float) -> list[bytes]:
        read = [b"" for _ in self._streams]
        with selectors.DefaultSelector() as ready:
            for index, stream in enumerate(self._streams):
                ready.register(stream, selectors.EVENT_READ, index)
            # The line of the mark must be whole.
            while not all(mark in text and text.endswith(b"\n") for text in read):
                events = ready.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    raise Late
                for key, _ in events:
                    chunk = os.read(key.fd, CHUNK)
                    if not chunk:
                        raise Ended(" ".join(b" ".join(read).decode(errors="replace").split()))
                    read[key.data] += chunk
        return read


class Shells:
    """Shells on all nodes; each is used again for as long as it answers. For several threads at once."""

    def __init__(self, enter: Callable[[str], Sequence[str]]) -> None:
        self._enter = enter
        self._idle: defaultdict[str, list[Shell]] = defaultdict(list)
        self._lock = threading.Lock()

    def run(self, node: str, argv: Sequence[str], timeout_s: float) -> Said:
        """Run a command on a node. Raises Ended and Late."""
        shell = self._living(node) or Shell(self._enter(node))
        try:
            said = shell.run(argv, timeout_s)
        except BaseException:
            shell.close()
            raise
        with self._lock:
            self._idle[node].append(shell)
        return said

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            idle, self._idle = self._idle, defaultdict(list)
        for shells in idle.values():
            for shell in shells:
                shell.close()

    def _living(self, node: str) -> Shell | None:
        """Take one that waits; nothing was asked of it yet, so that no command is ever run twice."""
        while True:
            with self._lock:
                shell = self._idle[node].pop() if self._idle[node] else None
            if shell is None:
                return None
            try:
                shell.run(["true"], GREETING_S)
            except (Ended, Late):
                shell.close()
            else:
                return shell
