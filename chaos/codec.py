"""Events as the JSON objects of a history's lines, and back."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import Any

from chaos.events import (
    FORMAT,
    Budget,
    Decision,
    Event,
    Eviction,
    FaultMark,
    Health,
    Machine,
    Operation,
    PoolView,
    Present,
    Read,
    Run,
    Sample,
)

__all__ = ["dump", "parse"]

KINDS: dict[str, type[Event]] = {
    "run": Run,
    "operation": Operation,
    "read": Read,
    "fault": FaultMark,
    "sample": Sample,
    "pool": PoolView,
    "budget": Budget,
    "eviction": Eviction,
    "decision": Decision,
    "machine": Machine,
    "health": Health,
    "present": Present,
}
NAMES = {cls: kind for kind, cls in KINDS.items()}
FIELDS = {cls: tuple(field.name for field in fields(cls)) for cls in NAMES}
REPEATED = ("workload", "outcome", "error", "server", "session")


def parse(raw: Any) -> Event:
    """Return the event of one decoded line. Raises ValueError when it is none."""
    try:
        fields = dict(raw)
        cls = KINDS[fields.pop("kind")]
        if cls is Operation or cls is Read:
            # Millions of them are judged at once: what they share is kept once.
            for key in REPEATED:
                if key in fields:
                    fields[key] = sys.intern(fields[key])
        else:
            fields = {
                key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()
            }
        event: Event = cls(**fields)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not an event: {error}") from error
    if isinstance(event, Run) and event.format > FORMAT:
        raise ValueError(f"its format is {event.format}; this version reads up to {FORMAT}: take a newer one")
    return event


def dump(event: Event) -> dict[str, Any]:
    """Return what `parse` reads."""
    cls = type(event)
    return {"kind": NAMES[cls], **{name: getattr(event, name) for name in FIELDS[cls]}}
