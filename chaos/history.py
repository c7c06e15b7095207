"""The history of a run: one JSON line per event, appended while it happens, readable after a crash."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from chaos.codec import dump, parse
from chaos.events import Event, Operation

__all__ = ["History", "operations", "read", "stream"]

DECODER = json.JSONDecoder()
FLUSHED_S = 0.2
"""Between two looks whether the writer is still there."""


class History:
    """Appends events to a new file, or to one that another process has begun (`joined`).

    Used by many threads at once, closed as a context manager. A thread of its own writes: nobody who notes something
    waits for the disk (all clients once began 0.6 s late behind it). A crash loses what came in its last moment.
    """

    def __init__(self, path: Path, joined: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # Appended by the kernel, for processes that share a file would otherwise write over each other.
        flags = os.O_WRONLY | os.O_APPEND | (0 if joined else os.O_CREAT | os.O_EXCL)
        self._file = open(os.open(path, flags, 0o644), "wb", buffering=0)  # noqa: SIM115  closed by __exit__
        self._lines: SimpleQueue[bytes | threading.Event] = SimpleQueue()
        self._error: OSError | None = None
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="history", daemon=True)
        self._writer.start()

    def append(self, event: Event) -> None:
        """Note one event. Raises ValueError when it is closed, and OSError when one before could not be written."""
        if self._error is not None:
            raise self._error
        if self._closed:
            raise ValueError(f"{self.path} is closed")
        self._lines.put(json.dumps(dump(event)).encode() + b"\n")

    def flush(self) -> None:
        """Wait until all that was noted before is in the file, for who reads it while it is open."""
        written = threading.Event()
        self._lines.put(written)
        while not written.wait(FLUSHED_S) and self._writer.is_alive():
            pass

    def _write(self) -> None:
        try:
            while line := self._lines.get():
                if isinstance(line, threading.Event):
                    line.set()
                else:
                    self._file.write(line)
        except OSError as error:
            self._error = error

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._lines.put(b"")
        self._writer.join()
        self._file.close()
        if self._error is not None and error is None:
            raise self._error


def stream(path: Path) -> Iterator[Event]:
    """Yield the events of a history, one line in memory at a time; a torn last line is left out.

    Raises ValueError, naming the line, for any other line that is not an event.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                event = _event(line.decode())
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
            yield event


def read(path: Path) -> list[Event]:
    """Return all that `stream` yields."""
    return list(stream(path))


def _event(line: str) -> Event:
    # json.loads would guess the encoding and skip spaces first, which takes as long as reading the line.
    raw, end = DECODER.raw_decode(line)
    if line[end:] != "\n":
        raise ValueError("it is longer than one event")
    return parse(raw)


def operations(events: Iterable[Event]) -> list[Operation]:
    """Return the operations among the events, in the order of the file."""
    return [event for event in events if isinstance(event, Operation)]
