"""A tick of a primary: it says that it leads, lets clients in, and ends itself when it must."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ha.node.around import Answers, Since, move, peers_of
from ha.node.courtesy import COURTESY_S
from ha.node.fence import is_isolated, should_fence
from ha.vote.ballot import Facts
from ha.vote.course import StepDown

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["Reign"]

log = logging.getLogger("ha.node")


class Reign:
    """The state between ticks; all of it may be lost."""

    def __init__(self, agent: NodeAgent) -> None:
        self._agent = agent
        self._isolated, self._alone = Since(), Since()

    def tick(self, answers: Answers) -> None:
        """Look after the reign. Raises what acts raise; the next tick tries again."""
        agent, actions, voter = self._agent, self._agent.actions, self._agent.voter
        me = agent.status()
        heard = sum(answer is not None for answer in answers.values())
        isolated_s = self._isolated.update(is_isolated(voter.seat, me.confirming, heard))
        with voter.alone():
            if not actions.primary:
                return
            if voter.leads is None:
                return actions.crown()
            if why := self._why_not(answers, me.confirming, isolated_s):
                log.warning("decision step down: %s; immediate stop", why)
                return actions.stop(why, immediate=True)
            if me.confirming >= voter.seat.sync_standbys:
                agent.phases.complete(voter.leads)
            if not actions.is_open and me.confirming >= voter.seat.sync_standbys:
                log.info("decision let clients in: %d standbys have confirmed", me.confirming)
                actions.configure(voter.leads, is_open=True)

    def _why_not(self, answers: Answers, confirming: int, isolated_s: float) -> str | None:
        """Why this primary must end."""
        agent = self._agent
        needed = agent.voter.seat.sync_standbys
        # Whoever is bound to a higher epoch may be free again in a moment; a newer primary is obeyed at once.
        alone_s = self._alone.update(confirming < needed)
        fenced = not agent.settings.failpoints.on("fence-off")
        facts = Facts(primary=True, confirming=confirming if fenced and alone_s >= COURTESY_S else needed)
        decided = move(agent.voter.seat, agent.voter.memory, facts, peers_of(agent.settings, answers))
        if isinstance(decided, StepDown):
            return decided.why
        if fenced and should_fence(isolated_s):
            return "nobody hears it, so that the others may have elected a successor"
        return agent.actions.prober.hangs()
