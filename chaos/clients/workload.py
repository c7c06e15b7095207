"""What a client is to the generator: a name, a rate, and attempts that can wait without a thread."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal, Protocol

from chaos.events import Attempt

__all__ = ["Step", "Task", "Wait", "Workload"]


@dataclass(frozen=True)
class Wait:
    """An attempt waits until `fd` can be read (or written), at the longest until `deadline`."""

    fd: int
    interest: Literal["read", "write"]
    deadline: float


Step = Generator[Wait, bool, Attempt]
"""An attempt: yields what it waits for, is sent True when that came and False when the deadline passed."""


@dataclass(frozen=True)
class Task:
    """One operation the generator is to start."""

    value: str
    what: Literal["write", "read"]
    session: str
    start: Callable[[], Step]
    fresh: bool = False
    """Of a read: as in `Read`."""


class Workload(Protocol):
    """A stream of operations on a fixed schedule."""

    @property
    def name(self) -> str:
        """As it stands in the history."""

    @property
    def rate(self) -> float:
        """Operations a second."""

    @property
    def timeout_s(self) -> float:
        """Seconds after which an attempt has ended, whatever happens."""

    def task(self, run: str, number: int) -> Task | None:
        """The operation of the given number; None when there is nothing to do yet (nothing written to read)."""

    def done(self, task: Task, attempt: Attempt) -> None:
        """Told of every end, so that sessions can be reused and reads know what was acknowledged."""

    def close(self) -> None:
        """Close what is open."""
