"""The value objects of a history: operations and faults, all times in seconds of the monotonic clock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

__all__ = ["OUTCOMES", "Attempt", "Event", "Fault", "Operation", "Outcome", "dump", "parse"]

Outcome = Literal["ok", "fail", "unknown"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True)
class Attempt:
    """How a workload's one try ended.

    ok: the system acknowledged it. fail: it surely was not applied. unknown: anything else.
    """

    outcome: Outcome
    error: str = ""


@dataclass(frozen=True)
class Operation:
    """One attempted operation; `value` is unique within the history.

    `intended` is when the schedule wanted it, `sent` when a worker took it up: a late generator shows
    as their difference, and latency counts from `intended` (no coordinated omission).
    """

    workload: str
    value: str
    intended: float
    sent: float
    completed: float
    outcome: Outcome
    error: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome is {self.outcome!r}, it must be one of {', '.join(OUTCOMES)}")
        if not self.intended <= self.sent <= self.completed:
            raise ValueError(f"operation {self.value} has times out of order")

    @property
    def latency(self) -> float:
        """Seconds from the intended start to the answer."""
        return self.completed - self.intended


@dataclass(frozen=True)
class Fault:
    """A moment at which something was broken (`inject`) or put right (`heal`)."""

    name: str
    action: Literal["inject", "heal"]
    at: float
    target: str = ""


Event = Operation | Fault
KINDS: dict[str, type[Operation] | type[Fault]] = {"operation": Operation, "fault": Fault}


def parse(raw: Any) -> Event:
    """Return the event of one decoded line. Raises ValueError when it is none."""
    try:
        fields = dict(raw)
        return KINDS[fields.pop("kind")](**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an event: {error}") from error


def dump(event: Event) -> dict[str, Any]:
    """Return what `parse` reads."""
    kind = next(kind for kind, cls in KINDS.items() if isinstance(event, cls))
    return {"kind": kind, **asdict(event)}
