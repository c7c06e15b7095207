"""What a place that can be judged must offer; kind, GKE, any PostgreSQL by its DSN."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from chaos.events import Present
from chaos.history import History

__all__ = ["Facts", "Fault", "Load", "Observer", "Recorder", "Target", "TargetError"]


class TargetError(Exception):
    """The target cannot be used; one sentence says why and what to do."""


@dataclass(frozen=True)
class Facts:
    """What a target is, for the first line of a history."""

    members: tuple[str, ...]
    sync_standbys: int
    version: str
    profile: str
    expected_pods: int


class Fault(Protocol):
    """One thing that can be broken and put right again, already aimed."""

    @property
    def name(self) -> str:
        """Its kind, such as `pod-lost`."""

    @property
    def on(self) -> str:
        """What it hits, such as `postgres-1`."""

    @property
    def isolates(self) -> tuple[str, ...]:
        """Members that nobody can reach from outside while it lasts: their recorder runs on the node."""

    def inject(self) -> float:
        """Break it and return the moment on the monotonic clock."""

    def heal(self) -> None:
        """Put it right; does no harm when it was never injected, half injected, or healed before."""


class Observer(Protocol):
    """Something that looks at the platform again and again and writes down what it sees."""

    @property
    def name(self) -> str:
        """For messages."""

    def observe(self, history: History, stop: threading.Event) -> None:
        """Look until `stop` is set. Never raises because of the system under test."""


class Recorder(Observer, Protocol):
    """An observer on a member's own node, which nobody gets into any more once that is broken."""

    @property
    def begun(self) -> threading.Event:
        """Set when it has seen something."""


class Load(Protocol):
    """All clients of a run. Used as a context manager: enter lets them begin, exit has all they did in the history."""

    @property
    def rates(self) -> Mapping[str, float]:
        """Operations a second by workload."""

    def counts(self) -> Mapping[str, int]:
        """How many operations of each workload were acknowledged so far. Raises what ended the clients."""

    def __enter__(self) -> Load: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None: ...


class Target(Protocol):
    """A running system under test. Used as a context manager: enter prepares it, exit leaves no trace."""

    @property
    def name(self) -> str:
        """`kind`, `gke`, `dsn`."""

    def __enter__(self) -> Target:
        """Open what is needed to reach it. Raises TargetError."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None:
        """Remove what enter made, and the rows of the runs."""

    def facts(self) -> Facts:
        """What it is. Raises TargetError."""

    def workload_kinds(self) -> Mapping[str, str]:
        """Every kind of workload by name, with one line about it."""

    def load(self, rates: Mapping[str, float], run: str) -> Callable[[History], Load]:
        """Make the clients; `rates` are operations a second by kind of workload. Raises TargetError."""

    def observers(self) -> Sequence[Observer]:
        """Everything that watches it."""

    def on_node(self, member: str, run: str) -> Recorder:
        """A recorder that runs on a member's own node and also writes there on a pre-opened connection."""

    def fault_kinds(self) -> Mapping[str, str]:
        """Every kind of fault by name, with one line about it."""

    def fault(self, kind: str, on: str) -> Fault:
        """Aim one. `on` is a role (`primary`, `standby`, `candidate`, ...) or a name; roles are resolved now.

        Raises TargetError for a kind or an aim there is not.
        """

    def troubles(self) -> list[str]:
        """Why it is not healthy, one sentence each; empty is healthy."""

    def present(self, run: str) -> Iterator[Present]:
        """Read back what every member holds of a run. Raises TargetError when one cannot be asked."""

    def heal(self) -> list[str]:
        """Undo whatever any run of any version may have left broken; return what was put right."""
