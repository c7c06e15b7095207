"""The history of a run: one JSON line per event, appended while it happens, readable after a crash."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from chaos.events import Event, Operation, dump, parse

__all__ = ["History", "operations", "read", "stream"]

DECODER = json.JSONDecoder()


class History:
    """Appends events to a new file, or to one that another process has begun (`joined`).

    Used by many threads at once, closed as a context manager.
    """

    def __init__(self, path: Path, joined: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # One write per line, unbuffered: a crash of the runner tears at most the last line. Appended by the
        # kernel: processes that share a file would otherwise write over each other.
        flags = os.O_WRONLY | os.O_APPEND | (0 if joined else os.O_CREAT | os.O_EXCL)
        self._file = open(os.open(path, flags, 0o644), "wb", buffering=0)  # noqa: SIM115  closed by __exit__
        self._lock = threading.Lock()

    def append(self, event: Event) -> None:
        """Write one event."""
        line = json.dumps(dump(event)).encode() + b"\n"
        with self._lock:
            self._file.write(line)

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


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
