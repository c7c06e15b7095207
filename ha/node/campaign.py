"""A node stands (design.md, rules 2, 7, 8 and 9): one campaign is one epoch after another, until led or given up."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from ha.node.actions import Actions
from ha.node.peers import Peers
from ha.node.phases import Phases
from ha.node.voter import Voter
from ha.settings import Member, Settings
from ha.vote.ballot import Answer, Bound, Refused, Request, Silent
from ha.vote.candidacy import Next, Verdict, close, count, lead, next_try, promised_since, stand
from ha.vote.epoch import Epoch
from ha.vote.record import Record
from ha.vote.wire import answer_from_json, request_to_json

__all__ = ["Campaign", "Outcome"]

log = logging.getLogger("ha.vote")
ASK_S = 2.0
"""One question; the asked one detaches in 0.1 s, or waits 0.5 s for its lock. On a machine at three times its load it
took 1.2 to 2.1 s, and with a limit of 1 s every vote was given and came too late (a drain, 4 s for nothing). Nobody
who is not needed is waited for, so a long limit costs nothing."""
AGAIN_S = 0.05
"""Between two questions to a node that is still replaying."""
UNCLAIMED_S = 10.0
"""How long a won epoch waits for repmgrd to claim it by its promote_command."""


@dataclass(frozen=True)
class Outcome:
    """How it ended; `epoch` is what was won, None when nothing was."""

    epoch: Epoch | None
    why: str


@dataclass
class Asking:
    """The questions of one epoch that are under way, and what came back."""

    request: Request
    forced: int | None = None
    futures: dict[Future[Any], Member] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    asked: dict[int, float] = field(default_factory=dict)
    """When each was asked last, by ordinal, on the monotonic clock."""


class Campaign:
    """At most one at a time on this node."""

    def __init__(
        self, settings: Settings, voter: Voter, actions: Actions, peers: Peers, phases: Phases
    ) -> None:
        self._settings = settings
        self._voter = voter
        self._actions = actions
        self._peers = peers
        self._phases = phases
        self._failpoints = settings.failpoints
        self._one = threading.Lock()
        self._won_at = 0.0

    def run(
        self,
        why: str,
        seen: tuple[Epoch, ...] = (),
        handoff: Epoch | None = None,
        forced: int | None = None,
    ) -> Outcome:
        """Stand and, if the votes suffice, lead. Raises CommandFailed and psycopg2.Error from the promotion.

        forced: how many votes are enough because an operator said so.
        """
        outcome = self.win(why, seen, handoff, forced)
        return outcome if outcome.epoch is None else self.lead(outcome.epoch, forced=forced is not None)

    def win(
        self,
        why: str,
        seen: tuple[Epoch, ...] = (),
        handoff: Epoch | None = None,
        forced: int | None = None,
    ) -> Outcome:
        """Gather the votes for an epoch, and keep it open for `lead`."""
        # An operator waits for a candidacy that is under way.
        if not self._one.acquire(timeout=0 if forced is None else UNCLAIMED_S):
            return Outcome(None, "this node stands already")
        try:
            return self._win(why, seen, handoff, forced)
        finally:
            self._one.release()

    def lead(self, epoch: Epoch, *, forced: bool = False) -> Outcome:
        """Rule 8: under the lock look again, record that it leads, promote."""
        with self._voter.alone():
            bound = lead(self._voter.memory, self._actions.facts(), epoch, forced=forced)
            if not isinstance(bound, Bound):
                return Outcome(None, bound.why)
            self._voter.keep(bound.record)
            # Only now: others leave one that says it leads alone for longer than it is held.
            self._failpoints.hold("hold-before-promote", self._actions.beat)
            self._actions.promote(epoch)
            return Outcome(epoch, f"promoted as primary of {epoch}")

    def tidy(self) -> None:
        """Close an epoch that was won for repmgrd and not claimed; called at every tick."""
        if time.monotonic() - self._won_at < UNCLAIMED_S or not self._one.acquire(blocking=False):
            return
        try:
            self._close()
        finally:
            self._one.release()

    def won(self) -> Epoch | None:
        """The epoch that is won and not yet led."""
        memory = self._voter.memory
        return (
            memory.asking
            if isinstance(memory, Record) and time.monotonic() - self._won_at < UNCLAIMED_S
            else None
        )

    def _win(self, why: str, seen: tuple[Epoch, ...], handoff: Epoch | None, forced: int | None) -> Outcome:
        began, stood = time.monotonic(), None
        while True:
            with self._voter.alone():
                if stood is not None and (promised := promised_since(self._voter.memory, stood)):
                    return Outcome(None, promised)
                bound = stand(self._voter.seat, self._voter.memory, self._actions.facts(), seen)
                if not isinstance(bound, Bound):
                    return Outcome(None, bound.why)
                self._voter.keep(bound.record)
                self._actions.detach()
            self._phases.stamp("stood")
            stood = epoch = bound.record.promise
            log.info("decision stand with %s: %s", epoch, why)
            asking = Asking(Request(epoch, handoff), forced)
            step, verdict = self._ask(asking, began)
            if step is Next.LEAD:
                self._won_at = time.monotonic()
                self._phases.stamp("won")
                log.info("won %s in %.2f s: %s", epoch, time.monotonic() - began, verdict.why)
                return Outcome(epoch, verdict.why)
            self._close()
            log.info("gave up %s: %s", epoch, verdict.why)
            if step is not Next.AGAIN:
                return Outcome(None, verdict.why)
            seen = tuple(a.seen for a in asking.answers.values() if isinstance(a, Refused))
            time.sleep(AGAIN_S)

    def _ask(self, asking: Asking, began: float) -> tuple[Next, Verdict]:
        """Ask everybody until it is clear; nobody is waited for who is not needed."""
        for peer in self._settings.peers:
            self._send(asking, peer)
        while True:
            done, _ = wait(asking.futures, timeout=AGAIN_S, return_when=FIRST_COMPLETED)
            for future in done:
                peer = asking.futures.pop(future)
                asking.answers[peer.ordinal] = answer_from_json(future.result())
            verdict = self._count(asking)
            step = next_try(verdict, asking.answers, time.monotonic() - began)
            if step is not Next.WAIT:
                return step, verdict
            if not asking.futures:
                time.sleep(AGAIN_S)
            self._ask_again(asking)

    def _ask_again(self, asking: Asking) -> None:
        """One that answered "not yet" needs a moment; meanwhile another's answer may be enough."""
        under_way, before = set(asking.futures.values()), time.monotonic() - AGAIN_S
        for peer in self._settings.peers:
            silent = isinstance(asking.answers.get(peer.ordinal), Silent)
            if silent and peer not in under_way and asking.asked[peer.ordinal] <= before:
                self._send(asking, peer)

    def _send(self, asking: Asking, peer: Member) -> None:
        asking.asked[peer.ordinal] = time.monotonic()
        asking.futures[self._peers.post(peer, "vote", request_to_json(asking.request), ASK_S)] = peer

    def _count(self, asking: Asking) -> Verdict:
        if self._failpoints.on("gate-open"):
            return Verdict(True, "failpoint gate-open: nobody's vote counts")
        with self._voter.alone():
            facts = self._actions.facts()
            if facts.receiving:
                self._actions.detach()
            return count(self._voter.seat, self._voter.told, facts, asking.answers, asking.forced)

    def _close(self) -> None:
        with self._voter.alone():
            if isinstance(self._voter.memory, Record) and self._voter.memory.asking is not None:
                self._voter.keep(close(self._voter.memory))
