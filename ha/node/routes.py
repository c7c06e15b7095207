"""What the node agent answers over HTTP: probes for the kubelet, status for peers, hooks for repmgrd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg2

from ha.http import Answer, Route
from ha.node.facts import NodeStatus
from ha.node.gate import judge
from ha.node.provision import tell_upstream
from ha.process import CommandFailed

if TYPE_CHECKING:
    from ha.node.agent import NodeAgent

__all__ = ["readiness", "routes"]

HEARTBEAT_LIMIT_S = 20.0
"""The loop beats at every tick and inside every long command; 20 s is beyond any single blocking call in it."""


def readiness(status: NodeStatus) -> Answer:
    """Ready means primary, or a standby that streams: a rollout may then go on to the next pod."""
    if status.role == "primary" or (status.role == "standby" and status.streaming):
        return Answer(200, status.role)
    return Answer(503, f"{status.role}, not streaming {status.note}".strip())


def routes(agent: NodeAgent) -> list[Route]:
    """The routes of one agent."""
    secrets = agent.settings.secrets

    def live(_: Any) -> Answer:
        age = agent.heart.age_s
        return (
            Answer(200, "alive")
            if age < HEARTBEAT_LIMIT_S
            else Answer(503, f"the loop stands still for {age:.0f} s")
        )

    def ready(_: Any) -> Answer:
        return Answer(503, "the pod is ending") if agent.ending.is_set() else readiness(agent.status())

    def status(_: Any) -> Answer:
        return Answer(200, {**agent.status().to_json(), "failpoints": agent.settings.failpoints.active})

    def validate(_: Any) -> Answer:
        settings = agent.settings
        verdict = judge(agent.status(), agent.peers.ask(), settings.sync_standbys, settings.failpoints)
        return Answer(200 if verdict.allowed else 409, verdict.why)

    def promote(_: Any) -> Answer:
        try:
            verdict = agent.actions.promote(agent.peers.ask())
        except (CommandFailed, psycopg2.Error) as error:
            return Answer(500, str(error))
        return Answer(200 if verdict.allowed else 409, verdict.why)

    def follow(body: Any) -> Answer:
        try:
            primary = next(m for m in agent.settings.peers if m.node_id == body["node_id"])
            agent.actions.follow(primary.name)
            tell_upstream(agent.settings, primary)
        except (StopIteration, KeyError, TypeError):
            return Answer(400, "node_id must be a peer's repmgr node id")
        except psycopg2.Error as error:
            return Answer(500, str(error))
        return Answer(200, f"following {primary.name}")

    return [
        Route("GET", "/livez", live),
        Route("GET", "/readyz", ready),
        Route("GET", "/status", status, secrets.read_token),
        Route("POST", "/validate", validate, secrets.peer_token),
        Route("POST", "/promote", promote, secrets.peer_token),
        Route("POST", "/follow", follow, secrets.peer_token),
    ]
