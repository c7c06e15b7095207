"""A tick of a standby: whom it follows, when it stands, whether it lets readers in, what it does when it starves."""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING

from ha.node.around import Answers, Once, Since, epochs_seen, move, peers_of
from ha.node.detach import awaits_wal
from ha.node.facts import NodeStatus
from ha.node.joining import Joining
from ha.node.patience import Patience, impatient, in_vain
from ha.node.starved import TornEnd, oldest_segment, segment_of
from ha.node.watch import What
from ha.vote.allegiance import release
from ha.vote.ballot import Facts
from ha.vote.course import Follow, Peer, Release, Stand, Stay, rank
from ha.vote.epoch import Epoch
from ha.vote.lineage import Way, position
from ha.vote.record import Record

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["Standby"]

log = logging.getLogger("ha.node")
UNFED_S = 10.0
"""A standby that cannot stream this long may need WAL that its primary has removed."""
THIRSTY_S = 5.0
"""Several wal_retrieve_retry_intervals in which a server that is not consistent yet got no WAL from anywhere."""
BACK_OFF_S = (0.3, 1.0)
"""After a candidacy that failed, doubled by each further failure in a row: two candidates part ways soon."""
MOST_DOUBLINGS = 4


class Standby:
    """The state between ticks; all of it may be lost."""

    def __init__(self, agent: NodeAgent, joining: Joining, once: Once) -> None:
        self._agent = agent
        self._joining = joining
        self._once = once
        self._leaderless, self._unfed, self._thirsty = Since(), Since(), Since()
        self._torn_end = TornEnd()
        self._streamed: Epoch | None = None
        self._held_back_until, self._failures = 0.0, 0

    def tick(self, answers: Answers) -> None:
        """Do at most one thing. Raises what that raises; the next tick tries again."""
        agent, voter = self._agent, self._agent.voter
        me = agent.status()
        if me.role == "primary":
            with voter.alone():
                if agent.actions.dethrone():
                    return None
        if agent.actions.resuming and me.settled:
            return self._resume()
        peers = peers_of(agent.settings, answers)
        urgent = self._urgent(me, answers, peers)
        thirsty = self._thirsty.update(me.role == "starting" and awaits_wal()) > THIRSTY_S
        if self._torn_end.is_given_up(me, time.monotonic()):
            return self._restart("what it received ends within a record")
        facts = Facts(following=voter.following)
        match move(voter.seat, voter.memory, facts, peers, urgent=urgent):
            case Release(words):
                with voter.alone():
                    if isinstance(voter.memory, Record):
                        voter.keep(release(voter.memory, dict(words)))
            case Follow(ordinal):
                with voter.alone():
                    if agent.actions.standby:
                        self._joining.follow(ordinal, answers, agent.actions.facts(), thirsty=thirsty)
            case Stand(why):
                return self._stand(why, answers)
            case Stay(why) if not me.streaming:
                self._once.say(why)
        if agent.watcher.sight.what is What.WELL:
            agent.phases.forget()
        self._let_in(me)
        self._feed(me, answers)
        return None

    def _restart(self, why: str) -> None:
        agent = self._agent
        with agent.voter.alone():
            if agent.actions.standby:
                log.warning("decision restart: %s", why)
                agent.actions.stop(why)

    def _resume(self) -> None:
        """It led and was never seen promoted: promote now, unless it has promised something newer (rule 13)."""
        agent = self._agent
        with agent.voter.alone():
            memory = agent.voter.memory
            if agent.actions.resuming and isinstance(memory, Record) and memory.promise == memory.leading:
                agent.actions.promote(memory.leading)

    def _urgent(self, me: NodeStatus, answers: Answers, peers: list[Peer]) -> bool:
        agent, memory = self._agent, self._agent.voter.memory
        if me.streaming and me.receiving_from is not None:
            self._streamed = agent.voter.following
        leaderless = self._leaderless.update(agent.voter.following is None)
        if not isinstance(memory, Record) or me.role != "standby" or not me.settled:
            return False
        sight = agent.watcher.sight
        if sight.what not in (What.DOWN, What.LEAVING) and self._in_vain(answers):
            return False
        return impatient(
            sight,
            streaming=me.streaming or agent.voter.following != self._streamed,
            leaderless_s=leaderless,
            rank=rank(agent.voter.seat, position(memory, me.lsn), peers),
            held_back_s=max(self._held_back_until - time.monotonic(), agent.courtesy.left_s(memory, answers)),
            patience=Patience.of(agent.settings.timing.profile),
        )

    def _in_vain(self, answers: Answers) -> bool:
        # With the failpoint nobody's word counts, and this asks for it before the vote does.
        voter, is_open = self._agent.voter, self._agent.settings.failpoints.on("gate-open")
        return not is_open and in_vain(voter.seat, voter.following, answers)

    def _stand(self, why: str, answers: Answers) -> None:
        agent = self._agent
        sight = agent.watcher.sight
        outcome = agent.campaign.run(f"{sight.what.value}; {why}", epochs_seen(answers))
        if outcome.epoch is not None:
            self._failures = 0
            return
        self._held_back_until = time.monotonic() + random.uniform(*BACK_OFF_S) * 2**self._failures
        self._failures = min(self._failures + 1, MOST_DOUBLINGS)

    def _let_in(self, me: NodeStatus) -> None:
        """Whoever streams from the newest primary shows nothing that may be lost."""
        agent, epoch = self._agent, self._agent.voter.following
        if epoch is None or not me.streaming or agent.actions.admission.is_open:
            return
        with agent.voter.alone():
            if agent.voter.following == epoch:
                log.info("decision let clients in: it streams in %s", epoch)
                agent.actions.admission.say(epoch, is_open=True)

    def _feed(self, me: NodeStatus, answers: Answers) -> None:
        agent, epoch = self._agent, self._agent.voter.following
        if self._unfed.update(epoch is not None and not me.streaming) < UNFED_S:
            return
        leader = next((a for a in answers.values() if a and a.leads == epoch), None)
        if leader is None or not me.settled:
            return
        if segment_of(me.lsn) >= oldest_segment(agent.settings, agent.settings.member(leader.name)):
            return
        with agent.voter.alone():
            if agent.voter.following == epoch:
                log.warning("decision clone: %s has removed the WAL that comes next here", leader.name)
                self._joining.fill(leader, Way.CLONE)
