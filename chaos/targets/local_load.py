"""Clients on this machine, in a process of their own, so that the runner's threads hold up nobody.

With all in one process, a thread of the runner that was put off while it held Python's lock put off the clients with
it: on two full cores attempts began 0.05 to 0.14 s late in a drain, and the run said nothing.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from chaos.clients.generator import Generator
from chaos.clients.process import prefer_this_process, prefer_threads, release_threads
from chaos.clients.workload import Workload
from chaos.history import History
from chaos.targets.base import TargetError

__all__ = ["LocalLoad"]

COUNT, END = "count", "end"
ANSWER_S = 60.0
"""Far more than an answer takes on the busiest machine, and than the longest attempt."""


class LocalLoad:
    """The clients of one run; what they do is written by their own process into the same history."""

    def __init__(self, workloads: Sequence[Workload], history: History, run: str) -> None:
        # Not a fork: that would copy locks which other threads of the runner hold.
        context = get_context("spawn")
        self._line, theirs = context.Pipe()
        self._theirs, self._asking = theirs, threading.Lock()
        self._process = context.Process(
            target=_serve, args=(workloads, history.path, run, theirs), name="clients", daemon=True
        )
        self._rates = {workload.name: workload.rate for workload in workloads}

    @property
    def rates(self) -> Mapping[str, float]:
        """Operations a second by workload."""
        return self._rates

    def counts(self) -> Mapping[str, int]:
        """Return what was acknowledged so far; for any thread. Raises TargetError when the clients have ended."""
        # Who watches and breaks is not to be late either, and its threads come and go.
        prefer_threads()
        with self._asking:
            return self._ask(COUNT)

    def __enter__(self) -> LocalLoad:
        self._process.start()
        self._theirs.close()
        try:
            self._heard()
        except TargetError:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._asking:
                self._ask(END)
        except TargetError:
            # What came before tells more.
            if kind is None:
                raise
        finally:
            self._end()

    def _ask(self, what: str) -> Mapping[str, int]:
        with suppress(OSError):  # they ended: what they said last is still to be heard
            self._line.send(what)
        return self._heard()

    def _heard(self) -> Mapping[str, int]:
        if not self._line.poll(ANSWER_S):
            raise TargetError(f"The clients' process gave no answer within {ANSWER_S:g} s.")
        try:
            said: Mapping[str, int] | str = self._line.recv()
        except (EOFError, OSError) as error:
            raise TargetError("The clients' process ended, and nobody told it to.") from error
        if isinstance(said, str):
            raise TargetError(f"The clients ended: {said}.")
        return said

    def _end(self) -> None:
        self._line.close()
        # Whoever hangs is not waited for: every answer that was needed has come, or was said to be missing.
        self._process.join(ANSWER_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        release_threads()


def _serve(workloads: Sequence[Workload], path: Path, run: str, line: Connection) -> None:
    """Run the clients until they are told to end, or nobody is left who could tell them."""
    # Ctrl-C reaches the whole group; the runner ends them when it has healed what it broke.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prefer_this_process()
    with suppress(OSError):  # nobody is left to hear it
        try:
            with History(path, joined=True) as history, Generator(workloads, history, run) as generator:
                line.send({})
                while line.recv() == COUNT:
                    line.send(dict(generator.counts()))
            line.send({})
        except EOFError:
            pass
        except Exception as error:  # noqa: BLE001  told to the runner, whose it is to end
            line.send(f"{type(error).__name__}: {error}")
