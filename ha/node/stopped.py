"""A tick while PostgreSQL does not run: why it ended, what its volume is filled with, how it starts."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from ha.node.around import Answers, Once, Since, brief, move, peers_of
from ha.node.joining import Joining
from ha.node.start import Wait, decide_start
from ha.process import STABLE_S, pause_s
from ha.vote.ballot import Facts
from ha.vote.course import Begin, Follow
from ha.vote.record import Record

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["Stopped"]

log = logging.getLogger("ha.node")
HOPELESS = 4
"""Starts in a row that ended at once, over some 4 s: whatever is wrong with the data, PostgreSQL refuses it."""


class Stopped:
    """The state between ticks; all of it may be lost."""

    def __init__(self, agent: NodeAgent, joining: Joining, once: Once) -> None:
        self._agent = agent
        self._joining = joining
        self._once = once
        self._down = Since()
        self._started, self._not_before, self._deaths = 0.0, 0.0, 0
        self._replaced = False

    def tick(self) -> None:
        """Start or fill this node, or wait. Raises what that raises; the next tick tries again."""
        agent = self._agent
        self._mourn()
        waited = self._down.update(True)
        if time.monotonic() < self._not_before:
            return
        agent.actions.sampler.idle("empty" if agent.volume.empty else "stopped", self._once.last)
        answers = agent.peers.ask()
        with agent.voter.alone():
            if not agent.server.running and not self._filled(answers):
                self._start(answers, waited)

    def runs(self) -> None:
        """PostgreSQL runs: the time without it is over."""
        self._down.update(False)

    def _mourn(self) -> None:
        """PostgreSQL ended by itself: say so, and start it ever more rarely while it keeps ending."""
        agent = self._agent
        # Under the lock: whoever stops PostgreSQL holds it, and what is stopped has not ended by itself (seen in a
        # drain: the handover was taken for a crash).
        with agent.voter.alone():
            code = agent.server.forget()
            if code is None:
                return
            log.error("decision tell everybody: postgres ended by itself with code %s", code)
            agent.actions.ended()
        self._once.last = f"PostgreSQL ended by itself with code {code}"
        agent.actions.sampler.idle("stopped", self._once.last)
        if time.monotonic() - self._started > STABLE_S:
            self._deaths, self._replaced = 0, False
        else:
            self._deaths += 1
        self._not_before = time.monotonic() + pause_s(self._deaths)

    def _filled(self, answers: Answers) -> bool:
        """An empty or unfinished volume, or one that lost its record, is filled from the newest primary.

        So is one that PostgreSQL refuses, once: if the clone does not start either, the data is not what is wrong.
        """
        agent, facts = self._agent, Facts(whole=False)
        hopeless = self._deaths >= HOPELESS and not self._replaced
        if agent.volume.whole and isinstance(agent.voter.memory, Record) and not hopeless:
            return False
        decided = move(agent.voter.seat, agent.voter.memory, facts, peers_of(agent.settings, answers))
        if isinstance(decided, Begin):
            agent.voter.keep(decided.record)
        elif not isinstance(decided, Follow):
            return False
        filled = self._joining.follow(decided.ordinal, answers, facts)
        if filled and hopeless:
            log.warning("gave this data up: PostgreSQL ended at once %d times", self._deaths)
            self._replaced = True
        return filled

    def _start(self, answers: Answers, waited_s: float) -> None:
        agent = self._agent
        local = agent.volume.inspect()
        yielding = agent.voter.handing_over or agent.ending.is_set()
        decision = decide_start(
            agent.voter.seat, agent.voter.memory, local, answers, waited_s, yielding=yielding
        )
        if isinstance(decision, Wait):
            return self._once.say(f"waiting: {decision.why}")
        log.info("decision start %s from %s and %s", decision, local, brief(answers))
        self._once.last, self._started = "", time.monotonic()
        return agent.actions.start(decision)
