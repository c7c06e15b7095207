"""Turning to a primary: bound to its epoch first, then connected, or brought onto its history (rules 11 and 12)."""

from __future__ import annotations

import logging

from ha.node.actions import Actions
from ha.node.around import Answers, Once
from ha.node.facts import NodeStatus
from ha.node.voter import Voter
from ha.settings import Settings
from ha.vote.allegiance import follow
from ha.vote.ballot import Bound, Facts
from ha.vote.lineage import Way, way_back
from ha.vote.record import Memory, Record

__all__ = ["Joining", "way_onto"]

log = logging.getLogger("ha.node")


def way_onto(memory: Memory, facts: Facts, leader: NodeStatus, *, thirsty: bool = False) -> Way | None:
    """How this node's data gets onto the history of `leader`; None while that is not known yet.

    Data of that very history may need its WAL to become consistent, as after a rewind, and is no other's however
    much of it is replayed. thirsty: it waits for WAL and cannot be asked what it holds, so that it never will be.
    """
    if not isinstance(leader.memory, Record) or not isinstance(memory, Record):
        return None
    if not facts.whole:
        return Way.CLONE
    if memory.reigns == leader.memory.reigns:
        return Way.STREAM
    if facts.replayed:
        return way_back(memory.reigns, facts.lsn, leader.memory.reigns)
    return Way.CLONE if thirsty else None


class Joining:
    """Whoever calls holds the vote's lock."""

    def __init__(self, settings: Settings, voter: Voter, actions: Actions, once: Once) -> None:
        self._settings = settings
        self._voter = voter
        self._actions = actions
        self._once = once

    def follow(self, ordinal: int, answers: Answers, facts: Facts, *, thirsty: bool = False) -> bool:
        """Turn to that member; False when it cannot be yet. Raises what a rewind or clone raises."""
        member = self._settings.member_at(ordinal)
        leader = answers[member.name]
        if leader is None or leader.leads is None or not isinstance(leader.memory, Record):
            return False
        way = way_onto(self._voter.memory, facts, leader, thirsty=thirsty)
        if way is None:
            return False
        reigns = leader.memory.reigns
        bound = follow(self._voter.memory, leader.leads, reigns if way is Way.STREAM else None)
        if not isinstance(bound, Bound):
            self._once.say(bound)
            return False
        log.info("decision follow %s, which leads %s: %s", member.name, leader.leads, way.name)
        self._settings.failpoints.hold("hold-before-follow", self._actions.beat)
        self._voter.keep(bound.record)
        if way is Way.STREAM:
            self._actions.connect(member, leader.leads)
        else:
            self.fill(leader, way)
        return True

    def fill(self, leader: NodeStatus, way: Way) -> None:
        """Bring the data onto the history of a primary that this node is bound to."""
        assert leader.leads is not None
        assert isinstance(leader.memory, Record)
        self._actions.fill(self._settings.member(leader.name), leader.leads, leader.memory.reigns, way)
