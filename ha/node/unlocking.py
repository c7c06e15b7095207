"""`ha unlock` on the side of the node that is to lead: what it knows of the members, and the vote with fewer voices."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ha.node.around import epochs_seen
from ha.node.campaign import Outcome
from ha.node.facts import NodeStatus, as_peer
from ha.settings import Settings
from ha.vote.epoch import Seat
from ha.vote.unlock import Unlock, may_unlock

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["decide", "force"]

log = logging.getLogger("ha.node")


def decide(settings: Settings, seat: Seat, told: Mapping[str, NodeStatus | None]) -> Unlock | str:
    """Judge what the members say of themselves, this node among them; a silent one is None."""
    mine = told.get(settings.me)
    if mine is None:
        return f"the agent of {settings.me} does not answer; choose another node"
    peers = [as_peer(told_by, settings.member(name).ordinal) for name, told_by in told.items() if told_by]
    others = [peer for peer in peers if peer.ordinal != seat.ordinal]
    decided = may_unlock(seat, as_peer(mine, seat.ordinal), others)
    if isinstance(decided, Unlock):
        return decided
    # The vote knows ordinals; whoever reads this must know a pod.
    return re.sub(r"ordinal (\d+)", lambda found: settings.member_at(int(found[1])).name, decided)


def force(agent: NodeAgent, voters: list[int]) -> Outcome:
    """Promote this node with the votes of `voters`, if they still are all there are.

    Raises CommandFailed and psycopg2.Error from the promotion.
    """
    answers = agent.peers.ask()
    decided = decide(agent.settings, agent.voter.seat, {**answers, agent.settings.me: agent.status()})
    if isinstance(decided, str):
        return Outcome(None, decided)
    if list(decided.voters) != voters:
        now = ", ".join(agent.settings.member_at(ordinal).name for ordinal in decided.voters)
        return Outcome(None, f"the members that can vote are now {now}; look again")
    log.warning("decision unlock: an operator wants this node to lead with the votes of ordinals %s", voters)
    return agent.campaign.run("an operator said so", epochs_seen(answers), forced=len(voters))
