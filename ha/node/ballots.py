"""A candidate asks this node for its vote (design.md, rules 4 to 6): decide, record, stop receiving, tell."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from ha.node.actions import Actions
from ha.node.loyalty import LONGEST_S, keeps_to, rival
from ha.node.peers import Peers
from ha.node.voter import Busy, Voter
from ha.settings import Settings
from ha.vote.ballot import Act, Answer, Bound, Request, Silent, answer, consider
from ha.vote.candidacy import Word, says
from ha.vote.epoch import NEVER, Epoch

__all__ = ["Ballots"]

log = logging.getLogger("ha.vote")
LOCK_S = 0.5
"""A candidate waits 2 s for an answer; one that is silent is asked again."""
STILL_S = 0.5
"""For a candidate to say whether it still stands; who does not say it is believed to."""


class Ballots:
    """Answers POST /vote, in the threads of the HTTP server."""

    def __init__(self, settings: Settings, voter: Voter, actions: Actions, peers: Peers) -> None:
        self._settings = settings
        self._voter = voter
        self._actions = actions
        self._peers = peers
        self._voted, self._voted_at = NEVER, 0.0

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
        facts = replace(actions.facts(), loyal=self._loyal_to(request.epoch))
        decided = consider(voter.seat, voter.memory, facts, request)
        if not isinstance(decided, Bound):
            return decided
        if Act.STOP_PRIMARY in decided.acts and self._given_up(request.epoch):
            return Silent(f"whoever stood with {request.epoch} has given it up")
        voter.keep(decided.record)
        if request.epoch != self._voted:
            self._voted, self._voted_at = request.epoch, time.monotonic()
        if Act.STOP_PRIMARY in decided.acts:
            log.warning("this node is primary and grants %s: immediate stop", request.epoch)
            actions.stop(f"it granted {request.epoch}", immediate=True)
        actions.detach()
        return answer(voter.told, actions.facts(), request.epoch)

    def _loyal_to(self, asked: Epoch) -> Epoch | None:
        members = len(self._settings.members)
        held, voted_s = rival(self._voter.memory, asked, members), time.monotonic() - self._voted_at
        if held is None or held != self._voted or voted_s >= LONGEST_S:
            return None
        # Now, and not as of a moment ago: the two may just have settled it between them.
        said = self._peers.now(self._settings.member_at(held.owner(members)), STILL_S)
        return held if keeps_to(held, said, voted_s) else None

    def _given_up(self, epoch: Epoch) -> bool:
        """Whether a request comes too late: no primary is to end for it.

        On a busy machine one lay here for 1.6 s. Its candidate had turned to this primary meanwhile, which then
        granted the vote and stopped (a drain with 25 s without a primary).
        """
        candidate = self._settings.member_at(epoch.owner(len(self._settings.members)))
        told = self._peers.now(candidate, STILL_S)
        return told is not None and says(told.memory, epoch) is Word.CLOSED
