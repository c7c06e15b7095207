"""A candidate asks this node for its vote (design.md, rules 4 to 6): decide, record, stop receiving, tell."""

from __future__ import annotations

import logging

from ha.node.actions import Actions
from ha.node.voter import Busy, Voter
from ha.vote.ballot import Act, Answer, Bound, Request, Silent, answer, consider

__all__ = ["Ballots"]

log = logging.getLogger("ha.vote")
LOCK_S = 0.5
"""A candidate waits 1 s for an answer; one that is silent is asked again."""


class Ballots:
    """Answers POST /vote, in the threads of the HTTP server."""

    def __init__(self, voter: Voter, actions: Actions) -> None:
        self._voter = voter
        self._actions = actions

    def vote(self, request: Request) -> Answer:
        """One answer; Silent is asked again, and the node stays bound meanwhile."""
        try:
            with self._voter.alone(LOCK_S):
                given = self._vote(request)
        except Busy as busy:
            return Silent(str(busy))
        log.info(
            "asked for %s%s: %s", request.epoch, " by a handoff" if request.handoff is not None else "", given
        )
        return given

    def _vote(self, request: Request) -> Answer:
        voter, actions = self._voter, self._actions
        decided = consider(voter.seat, voter.memory, actions.facts(), request)
        if not isinstance(decided, Bound):
            return decided
        voter.keep(decided.record)
        if Act.STOP_PRIMARY in decided.acts:
            log.warning("this node is primary and grants %s: immediate stop", request.epoch)
            actions.stop(f"it granted {request.epoch}", immediate=True)
        actions.detach()
        return answer(voter.told, actions.facts(), request.epoch)
