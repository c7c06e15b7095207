"""A process beside the agent that ends a primary whose agent hangs.

A paused agent cannot fence. Its PostgreSQL acknowledges nothing once the others have elected somebody, but it goes on
answering readers and whoever looks for a server that takes writes, and nobody else could end it before the kubelet's
liveness probe does (some 30 s).
"""

from __future__ import annotations

import logging
import os
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable

from ha.logs import log_to_stdout
from ha.process import IMMEDIATE_STOP_S, Child, process, send

__all__ = ["NOBODY", "Vigil", "Watchdog", "main"]

log = logging.getLogger("ha.watchdog")
BEAT_S = 0.25
NOBODY = 0
MESSAGE = struct.Struct("=q")


class Vigil:
    """Counts the looks in a row without a beat, and says once whom to end.

    Looks and not time: where the whole machine stood still, the agent has had no chance either.
    """

    def __init__(self, patience_s: float) -> None:
        self._most = round(patience_s / BEAT_S)
        self._missed, self._ward = 0, NOBODY

    def beat(self, ward: int) -> None:
        """The agent lives; `ward` is the pid of its postmaster while that is primary, else NOBODY."""
        self._missed, self._ward = 0, ward

    def miss(self) -> int:
        """Another look without a beat. Returns the pid to end, or NOBODY."""
        self._missed += 1
        if self._missed < self._most:
            return NOBODY
        ward, self._ward = self._ward, NOBODY
        return ward


class Watchdog(Child):
    """The agent's side: starts the process, and beats in a thread of its own for as long as it is not paused."""

    def __init__(self, patience_s: float, ward: Callable[[], int]) -> None:
        super().__init__(lambda: None)
        self._patience_s = patience_s
        self._ward = ward
        self._mouth: int | None = None

    def start(self) -> None:
        """Begin; a watchdog that ended is started anew at the next beat."""
        threading.Thread(target=self._beats, name="watchdog", daemon=True).start()

    def _beats(self) -> None:
        while True:
            try:
                self._tell()
            except OSError as error:
                log.warning("the watchdog does not hear this agent: %s", error)
            time.sleep(BEAT_S)

    def _tell(self) -> None:
        if self._mouth is None or not self.running:
            self._renew()
        assert self._mouth is not None
        os.write(self._mouth, MESSAGE.pack(self._ward()))

    def _renew(self) -> None:
        if (code := self.forget()) is not None:
            log.warning("the watchdog ended with code %s", code)
        if self._mouth is not None:
            os.close(self._mouth)
        ear, self._mouth = os.pipe()
        # One that hangs itself must not stop this agent's beats.
        os.set_blocking(self._mouth, False)
        command = [sys.executable, "-m", "ha.node.watchdog", str(ear), str(self._patience_s)]
        try:
            self._spawn(command, pass_fds=[ear])
        finally:
            os.close(ear)


def end(pid: int) -> None:
    """Immediate shutdown of a postmaster, SIGKILL when that does not end it; harmless where it has ended."""
    for sig, within_s in ((signal.SIGQUIT, IMMEDIATE_STOP_S), (signal.SIGKILL, 0.0)):
        if not _lives(pid):
            return
        log.warning("decision end primary: its agent hangs; %s to postmaster %d", sig.name, pid)
        send(pid, sig)
        until = time.monotonic() + within_s
        while _lives(pid) and time.monotonic() < until:
            time.sleep(BEAT_S / 10)


def _lives(pid: int) -> bool:
    found = process(pid)
    return found is not None and found[1] != "Z" and found[3] == "postgres"


def main(ear: int, patience_s: float) -> None:
    """Watch until the agent's end of the pipe is closed."""
    vigil = Vigil(patience_s)
    while True:
        heard, _, _ = select.select([ear], [], [], BEAT_S)
        if not heard:
            if ward := vigil.miss():
                end(ward)
            continue
        told = os.read(ear, 512 * MESSAGE.size)
        if not told:
            return
        vigil.beat(*MESSAGE.unpack(told[-MESSAGE.size :]))


if __name__ == "__main__":
    log_to_stdout()
    main(int(sys.argv[1]), float(sys.argv[2]))
