"""What a client is to the generator: a name, a rate, and attempts that can wait without a thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from chaos.events import Attempt

__all__ = ["NOTHING", "Chore", "Step", "Task", "Wait", "Workload"]

NOTHING = -1
"""The `fd` of a wait for time to pass."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An attempt waits until `fd` can be read (or written), at the longest until `deadline`."""

    fd: int
    interest: Literal["read", "write"]
    deadline: float


Step = Generator[Wait, bool, Attempt]
"""An attempt: yields what it waits for, is sent True when that came and False when the deadline passed."""
Chore = Generator[Wait, bool, None]
"""Work beside the schedule, driven like an attempt and recorded nowhere, such as opening a connection."""


@dataclass(frozen=True, slots=True)
class Task:
    """One operation the generator is to start."""

    value: str
    what: Literal["write", "read"]
    session: str
    start: Callable[[], Step]
    fresh: bool = False
    """Of a read: as in `Read`."""


class Workload(Protocol):
    """A stream of operations on a fixed schedule. All methods are called in the generator's one thread."""

    @property
    def name(self) -> str:
        """As it stands in the history; unique among the workloads of a run."""

    @property
    def rate(self) -> float:
        """Operations a second."""

    @property
    def timeout_s(self) -> float:
        """Seconds after which an attempt has ended, whatever happens."""

    def task(self, run: str, number: int) -> Task | None:
        """The operation of the given number; None when there is nothing to do yet (nothing written to read).

        A value written begins with `<run>-` and is unique within the run.
        """

    def done(self, task: Task, attempt: Attempt) -> None:
        """Told of every end, so that sessions can be reused and reads know what was acknowledged."""

    def chores(self) -> Sequence[Chore]:
        """What is to be done beside the schedule from now on; asked before the first task and after every end.

        The schedule begins when the first ones have ended, or after `timeout_s`.
        """

    def close(self) -> None:
        """Close what is open; nothing is under way any more."""
