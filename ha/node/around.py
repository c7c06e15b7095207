"""What the ticks of a stopped node, a primary and a standby share: the peers' answers, how long, said once."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from ha.node.facts import NodeStatus, as_peer
from ha.settings import Settings
from ha.vote.ballot import Facts
from ha.vote.course import Move, Peer, next_move
from ha.vote.epoch import Epoch, Seat
from ha.vote.record import Memory, Record

__all__ = ["Answers", "Once", "Since", "brief", "epochs_seen", "move", "peers_of"]

log = logging.getLogger("ha.node")
Answers = Mapping[str, NodeStatus | None]
"""One round: every other member by name, None for silence."""


class Since:
    """How long a condition has held without a break, in seconds."""

    def __init__(self) -> None:
        self._from: float | None = None

    def update(self, holds: bool) -> float:
        """Tell whether it holds now; returns the seconds since it began."""
        now = time.monotonic()
        self._from = (self._from or now) if holds else None
        return now - self._from if self._from else 0.0


class Once:
    """Says a thing once, as long as it stays the same."""

    def __init__(self) -> None:
        self.last = ""

    def say(self, what: str) -> None:
        """Log it, unless it was the last thing said."""
        if what != self.last:
            log.info("%s", what)
            self.last = what


def peers_of(settings: Settings, answers: Answers) -> list[Peer]:
    """The members that answered, as the vote sees them."""
    return [as_peer(answer, settings.member(name).ordinal) for name, answer in answers.items() if answer]


def epochs_seen(answers: Answers) -> tuple[Epoch, ...]:
    """The highest epoch that each member knows of: a candidate takes one above all of them (rule 2)."""
    return tuple(a.memory.highest for a in answers.values() if a and isinstance(a.memory, Record))


def move(seat: Seat, memory: Memory, facts: Facts, peers: list[Peer], *, urgent: bool = False) -> Move:
    """What to do next; urgent: whatever the followed primary's agent says, it is no reason to stay."""
    if urgent:
        peers = [replace(peer, leads=None) if peer.leads == facts.following else peer for peer in peers]
    return next_move(seat, memory, facts, peers, impatient=urgent)


def brief(answers: Answers) -> str:
    """For the log."""
    return ", ".join(f"{name}={_one(answer)}" for name, answer in answers.items())


def _one(answer: NodeStatus | None) -> str:
    if answer is None:
        return "silent"
    leads = "" if answer.leads is None else f" leads {answer.leads}"
    return f"{answer.role} {answer.position}{leads}"
