"""A tick of a primary: it says that it leads, lets clients in, and ends itself when it must."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from ha.node.around import Answers, Since, move, peers_of
from ha.node.courtesy import COURTESY_S
from ha.node.fence import is_isolated, should_fence
from ha.vote.ballot import Facts
from ha.vote.course import Peer, StepDown
from ha.vote.epoch import NEVER, Epoch
from ha.vote.record import Record
from ha.vote.unlock import all_back

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["Reign"]

log = logging.getLogger("ha.node")


class Reign:
    """The state between ticks; all of it may be lost."""

    def __init__(self, agent: NodeAgent) -> None:
        self._agent = agent
        self._isolated, self._alone = Since(), Since()
        self._confirmed: Epoch | None = None

    def tick(self, answers: Answers) -> None:
        """Look after the reign. Raises what acts raise; the next tick tries again."""
        agent, actions, voter = self._agent, self._agent.actions, self._agent.voter
        me = agent.status()
        heard = sum(answer is not None for answer in answers.values())
        if me.confirming >= voter.seat.sync_standbys:
            self._confirmed = voter.leads
        isolated = is_isolated(voter.seat, me.confirming, heard) and not self._is_awaited()
        isolated_s = self._isolated.update(isolated)
        with voter.alone():
            if not actions.primary:
                return
            if voter.leads is None:
                return actions.crown()
            peers = peers_of(agent.settings, answers)
            if why := self._why_not(peers, me.confirming, isolated_s):
                log.warning("decision step down: %s; immediate stop", why)
                return actions.stop(why, immediate=True)
            if me.confirming >= voter.seat.sync_standbys:
                agent.phases.complete(voter.leads)
            if not actions.admission.is_open and me.confirming >= voter.seat.sync_standbys:
                log.info("decision let clients in: %d standbys have confirmed", me.confirming)
                actions.admission.say(voter.leads, is_open=True)
            if isinstance(voter.memory, Record) and voter.memory.is_forced and all_back(voter.seat, peers):
                voter.keep(replace(voter.memory, forced=NEVER))

    def _is_awaited(self) -> bool:
        """An operator made it primary because nobody else is there: until standbys have come it may be alone."""
        memory, leads = self._agent.voter.memory, self._agent.voter.leads
        return isinstance(memory, Record) and memory.is_forced and self._confirmed != leads

    def _why_not(self, peers: list[Peer], confirming: int, isolated_s: float) -> str | None:
        """Why this primary must end."""
        agent = self._agent
        needed = agent.voter.seat.sync_standbys
        # Whoever is bound to a higher epoch may be free again in a moment; a newer primary is obeyed at once.
        alone_s = self._alone.update(confirming < needed)
        fenced = not agent.settings.failpoints.on("fence-off")
        facts = Facts(primary=True, confirming=confirming if fenced and alone_s >= COURTESY_S else needed)
        decided = move(agent.voter.seat, agent.voter.memory, facts, peers)
        if isinstance(decided, StepDown):
            return decided.why
        if fenced and should_fence(isolated_s):
            return "nobody hears it, so that the others may have elected a successor"
        return agent.actions.prober.hangs()
