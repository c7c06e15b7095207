"""What one round of looking found: pgpool's view, the servers' own answers, and who is really primary."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Backend", "Facts", "Node", "view_primary"]

UNKNOWN_EPOCH = -1
"""Below every epoch of the vote, which begin at 0."""
ATTACHED = ("up", "waiting")
"""pgpool sends sessions to both; `waiting` is `up` before the first connection."""


@dataclass(frozen=True)
class Node:
    """One PostgreSQL's answer to a direct question; `error` is set when there was none.

    epoch: what it leads or follows, -1 when it does not know. streaming: its walreceiver streams.
    replicas: application names that stream from it and keep up. gone: DNS says that there is no such pod,
    or its session has ended and no new one can be had: it is dead, and not slow.
    """

    name: str
    in_recovery: bool | None = None
    epoch: int = UNKNOWN_EPOCH
    timeline: int = 0
    streaming: bool = False
    replicas: tuple[str, ...] = ()
    error: str = ""
    gone: bool = False

    @property
    def is_primary(self) -> bool:
        """It answered and is out of recovery, which alone does not make it the true primary."""
        return self.in_recovery is False

    @property
    def role(self) -> str:
        """In a word."""
        return "unknown" if self.error else "primary" if self.is_primary else "standby"

    @property
    def rank(self) -> tuple[int, int]:
        """Orders histories (design.md, rule 3); the timeline decides only among those who know no epoch.

        Two winners from one parent write the same timeline number.
        """
        return self.epoch, self.timeline


@dataclass(frozen=True)
class Backend:
    """One backend as pgpool sees it."""

    index: int
    name: str
    status: str
    role: str

    @property
    def attached(self) -> bool:
        """Whether pgpool uses this backend for new sessions."""
        return self.status in ATTACHED


@dataclass(frozen=True)
class Facts:
    """One round: view (None: pgpool did not answer PCP) and nodes (asked after the view, so never older).

    silent_s: seconds since SQL through pgpool got a reply, be it an orderly error. searching: pgpool may still be
    looking for a primary by itself. doubt: names do not resolve, or not in time. held: whom pgpool's health check
    may not detach. moved: attached backends whose address is another one than when they were attached. stuck:
    children of pgpool that hang on a server that is gone.
    """

    view: tuple[Backend, ...] | None
    nodes: tuple[Node, ...]
    silent_s: float = 0.0
    searching: bool = True
    doubt: bool = False
    held: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    stuck: tuple[int, ...] = ()

    @property
    def truth(self) -> Node | None:
        """The primary of the newest history anybody answered with; None when there is none, or two.

        A primary behind a standby's history is deposed even while its successor is silent.
        """
        newest = max((node.rank for node in self.nodes if not node.error), default=None)
        found = [node for node in self.nodes if node.is_primary and node.rank == newest]
        return found[0] if len(found) == 1 else None

    @property
    def agrees(self) -> bool:
        """Whether pgpool sends writes to the true primary, and there is one."""
        believed = view_primary(self.view or ())
        return believed is not None and self.truth is not None and believed.name == self.truth.name

    def deposed(self, name: str) -> bool:
        """Whether this node leads an epoch below one that somebody else leads or follows: certain without a truth.

        Not so by timeline: a standby of the same primary may be the first to show its new number.
        """
        node = self.node(name)
        newest = max((other.epoch for other in self.nodes if not other.error), default=UNKNOWN_EPOCH)
        return node.is_primary and UNKNOWN_EPOCH < node.epoch < newest

    def worth_using(self, name: str) -> bool:
        """Whether a starting pgpool should have this node up: one connect to a frozen server hangs its start.

        Without a truth all are worth a try; a server that refuses connections delays nobody.
        """
        node = self.node(name)
        return self.truth is None or node == self.truth or node.in_recovery is True

    def node(self, name: str) -> Node:
        """The answer of that node; one with an error when it was not asked."""
        return next((node for node in self.nodes if node.name == name), Node(name, error="not asked"))

    def to_json(self) -> dict[str, Any]:
        """For the log and /status."""
        truth = self.truth
        return {**asdict(self), "truth": truth.name if truth else None}


def view_primary(view: tuple[Backend, ...]) -> Backend | None:
    """The backend pgpool sends writes to."""
    return next((b for b in view if b.attached and b.role == "primary"), None)
