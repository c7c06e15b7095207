"""The history of a run: one JSON line per event, appended while it happens, readable after a crash."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import TracebackType

from chaos.ops import Event, Operation, dump, parse

__all__ = ["History", "operations", "read"]


class History:
    """Appends events to a new file; used by many threads at once, closed as a context manager."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # One write per line, unbuffered: a crash of the runner tears at most the last line.
        self._file = path.open("xb", buffering=0)
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


def read(path: Path) -> list[Event]:
    """Return the events of a history; a torn last line is left out.

    Raises ValueError, naming the line, for any other line that is not an event.
    """
    *lines, _torn = path.read_bytes().split(b"\n")
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            events.append(parse(json.loads(line)))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return events


def operations(events: list[Event]) -> list[Operation]:
    """Return the operations among the events, in the order of the file."""
    return [event for event in events if isinstance(event, Operation)]
