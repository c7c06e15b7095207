"""What a recorder printed on another machine, as events on the runner's clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from chaos.codec import parse
from chaos.events import Decision, Event, Machine, Operation, PoolView, Present, Read, Sample

__all__ = ["boot_id", "collect", "shifted"]

BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Return what tells this machine, since it was started, from any other; empty where it has none."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


def collect(lines: Iterable[str], boot: str, now: Callable[[], float] = time.monotonic) -> Iterator[Event]:
    """Yield the events of a recorder's lines; a torn last line is left out.

    What was begun and has not ended with the last line comes at the end: nobody knows what became of it.
    On a machine of the same `boot` its clock is ours. Of another the first line tells the offset, which is too large
    by as long as that line took to get here. Raises ValueError for a line that is none of a recorder's.
    """
    offset: float | None = None
    begun: dict[str, Operation] = {}
    for line in lines:
        if not line.endswith("\n"):
            break
        raw = _decoded(line)
        if raw.get("kind") == "clock":
            offset = 0.0 if boot and raw["boot"] == boot else now() - raw["monotonic"]
        elif offset is None:
            raise ValueError(f"a recorder's first line tells its clock, this one does not: {line[:200]!r}")
        elif raw.get("kind") == "begun":
            sent = raw["sent"] + offset
            begun[raw["value"]] = Operation(
                raw["workload"], raw["value"], sent, sent, sent, "unknown", "its recorder ended"
            )
        else:
            event = shifted(parse(raw), offset)
            if isinstance(event, Operation):
                begun.pop(event.value, None)
            yield event
    yield from begun.values()


def _decoded(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        raise ValueError(f"not a line of a recorder: {line[:200]!r}")
    return raw


def shifted(event: Event, offset: float) -> Event:
    """Return the event on a clock that shows `offset` seconds more. Raises ValueError for one nobody records."""
    match event:
        case Operation() | Read():
            intended, sent, completed = (t + offset for t in (event.intended, event.sent, event.completed))
            return replace(event, intended=intended, sent=sent, completed=completed)
        case Sample() | PoolView() | Machine() | Present() | Decision():
            return replace(event, at=event.at + offset)
    raise ValueError(f"a recorder elsewhere does not see such an event: {event}")
