"""What the node agent answers over HTTP: probes for the kubelet, status and votes for peers, hooks for repmgrd."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg2

from ha.http import Answer, Route
from ha.metrics import registry, text
from ha.node.campaign import Outcome
from ha.node.catalog import tell_upstream
from ha.node.facts import NodeStatus
from ha.node.metrics import families
from ha.node.patience import mistaken
from ha.node.unlocking import force
from ha.process import CommandFailed
from ha.vote.course import may_heed
from ha.vote.epoch import Epoch
from ha.vote.wire import answer_to_json, request_from_json

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["readiness", "routes"]

HEARTBEAT_LIMIT_S = 20.0
"""The loop beats at every tick and inside every long command; 20 s is beyond any single blocking call in it."""
FOLLOW_S = 12.0
"""repmgrd's standby_follow_timeout (15 s) is longer: the loop turns to a new primary in its next ticks."""
POLL_S = 0.2


def readiness(status: NodeStatus) -> Answer:
    """Ready means a primary that leads, or a standby that streams: a rollout may then go on to the next pod."""
    if (status.role == "primary" and status.leads is not None) or (
        status.role == "standby" and status.streaming
    ):
        return Answer(200, status.role)
    return Answer(503, f"{status.role}, not streaming {status.note}".strip())


def routes(agent: NodeAgent) -> list[Route]:
    """The routes of one agent."""
    secrets = agent.settings.secrets
    scraped = registry(lambda: families(agent.status(), agent.phases.last, agent.phases.epoch))

    def live(_: Any) -> Answer:
        age = agent.heart.age_s
        if age < HEARTBEAT_LIMIT_S:
            return Answer(200, "alive")
        return Answer(503, f"the loop stands still for {age:.0f} s")

    def ready(_: Any) -> Answer:
        return Answer(503, "the pod is ending") if agent.ending.is_set() else readiness(agent.status())

    def status(_: Any) -> Answer:
        return Answer(200, {**agent.status().to_json(), "failpoints": agent.settings.failpoints.active})

    def metrics(_: Any) -> Answer:
        return text(scraped)

    def vote(body: Any) -> Answer:
        try:
            request = request_from_json(body)
        except ValueError as error:
            return Answer(400, str(error))
        agent.heart.beat()
        answer = agent.ballots.vote(request)
        agent.wake.set()
        return Answer(200, answer_to_json(answer))

    def wake(_: Any) -> Answer:
        agent.peers.hurry()
        return Answer(202, "looking")

    def stand(body: Any) -> Answer:
        if not isinstance(body, dict) or not isinstance(body.get("handoff"), int):
            return Answer(400, "handoff must be the epoch of the primary that hands over")
        handoff, checkpoint = Epoch(body["handoff"]), body.get("checkpoint", 0)
        if not isinstance(checkpoint, int):
            return Answer(
                400, "checkpoint must be the LSN at which that primary's shutdown checkpoint begins"
            )
        if not may_heed(agent.voter.memory, handoff):
            return Answer(200, {"led": None, "why": f"this node does not follow {handoff}"})
        if not agent.actions.replays(checkpoint):
            return Answer(200, {"led": None, "why": "this node does not hold the shutdown checkpoint"})
        outcome = _tried(lambda: agent.campaign.run(f"the primary of {handoff} hands over", handoff=handoff))
        agent.wake.set()
        return Answer(200, {"led": outcome.epoch, "why": outcome.why})

    def validate(_: Any) -> Answer:
        if (epoch := agent.watcher.assured) is not None:
            return Answer(409, f"the primary of {epoch} says that its standbys confirm")
        if mistaken(sight := agent.watcher.sight, followed := agent.voter.following):
            return Answer(409, f"this node follows {followed}: {sight.what.value}")
        if (left := agent.courtesy.left_s(agent.voter.memory, agent.peers.ask())) > 0:
            return Answer(409, f"another member stands; this one may again in {left:.1f} s")
        outcome = _tried(lambda: agent.campaign.win("repmgrd misses its primary"))
        return Answer(409 if outcome.epoch is None else 200, outcome.why)

    def promote(_: Any) -> Answer:
        if agent.actions.primary:
            return Answer(200, "this node is primary already")
        won = agent.campaign.won()
        if won is None:
            return Answer(409, "this node has not won a vote that repmgrd asked for")
        outcome = _tried(lambda: agent.campaign.lead(won))
        return Answer(409 if outcome.epoch is None else 200, outcome.why)

    def follow(body: Any) -> Answer:
        primary = next(
            (m for m in agent.settings.peers if isinstance(body, dict) and m.node_id == body.get("node_id")),
            None,
        )
        if primary is None:
            return Answer(400, "node_id must be a peer's repmgr node id")
        deadline = time.monotonic() + FOLLOW_S
        while time.monotonic() < deadline:
            if agent.voter.following is not None and agent.status().receiving_from == primary.name:
                try:
                    tell_upstream(agent.settings, primary)
                except psycopg2.Error as error:
                    return Answer(500, str(error))
                return Answer(200, f"following {primary.name}")
            time.sleep(POLL_S)
        return Answer(
            409, f"this node does not follow {primary.name}: it leads nothing newer than what this one knows"
        )

    def switchover(body: Any) -> Answer:
        wanted = body.get("to") if isinstance(body, dict) else None
        outcome = _tried(lambda: agent.handoff.run(wanted))
        agent.wake.set()
        return Answer(409 if outcome.epoch is None else 200, outcome.why)

    def unlock(body: Any) -> Answer:
        voters = body.get("voters") if isinstance(body, dict) else None
        if not isinstance(voters, list):
            return Answer(400, "voters must be the ordinals of the members that can vote")
        outcome = _tried(lambda: force(agent, voters))
        agent.wake.set()
        return Answer(409 if outcome.epoch is None else 200, outcome.why)

    return [
        Route("GET", "/livez", live),
        Route("GET", "/readyz", ready),
        Route("GET", "/status", status, secrets.read_token),
        Route("GET", "/metrics", metrics, secrets.read_token),
        Route("POST", "/wake", wake, secrets.read_token),
        Route("POST", "/vote", vote, secrets.peer_token),
        Route("POST", "/stand", stand, secrets.peer_token),
        Route("POST", "/switchover", switchover, secrets.peer_token),
        Route("POST", "/unlock", unlock, secrets.peer_token),
        Route("POST", "/validate", validate, secrets.peer_token),
        Route("POST", "/promote", promote, secrets.peer_token),
        Route("POST", "/follow", follow, secrets.peer_token),
    ]


def _tried(attempt: Any) -> Outcome:
    try:
        outcome: Outcome = attempt()
    except (CommandFailed, psycopg2.Error, RuntimeError, OSError) as error:
        return Outcome(None, str(error).strip())
    return outcome
