"""What the pool agent answers over HTTP: probes for the kubelet, its account for people, metrics, and the wake-up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ha.http import Answer, Route
from ha.metrics import registry, text
from ha.pool.facts import view_primary
from ha.pool.metrics import families

if TYPE_CHECKING:
    from ha.pool.agent import Agent

__all__ = ["routes"]

STUCK_S = 30.0
"""Liveness: longer than the slowest honest round (PCP 2 s, truth 1.2 s, restart 4 s, an action 2 s)."""


def routes(agent: Agent, token: str) -> list[Route]:
    """The routes of one agent. token: the read token, the only one that pool pods are given."""
    shown = registry(lambda: families(agent.facts, agent.agreed_s, agent.probe.ready, agent.taken))

    def live(_: Any) -> Answer:
        """Whether the loop moves; PostgreSQL and pgpool may be as dead as they like."""
        age = agent.heart.age_s
        return Answer(200 if age < STUCK_S else 503, f"the loop last moved {age:.1f} s ago")

    def ready(_: Any) -> Answer:
        """Whether SQL through pgpool worked lately."""
        return Answer(200 if agent.probe.ready else 503, f"SELECT 1 through pgpool: {agent.probe.last}")

    def wake(_: Any) -> Answer:
        """Somebody was promoted."""
        agent.wake()
        return Answer(202, "looking")

    return [
        Route("GET", "/livez", live),
        Route("GET", "/readyz", ready),
        Route("GET", "/status", lambda _: Answer(200, status(agent)), token),
        Route("GET", "/metrics", lambda _: text(shown), token),
        Route("POST", "/wake", wake, token),
    ]


def status(agent: Agent) -> dict[str, Any]:
    """The view, the truth and the last action."""
    facts, believed = agent.facts, view_primary(agent.facts.view or ())
    return {
        "name": agent.settings.me,
        "primary": believed.name if believed else None,
        "truth": facts.truth.name if facts.truth else None,
        "names_in_doubt": facts.doubt,
        "backends": [asdict(b) | {"pg_role": facts.node(b.name).role} for b in facts.view or ()],
        "ready": agent.probe.ready,
        "probe": agent.probe.last,
        "facts": facts.to_json(),
        "waiting": sorted(agent.since),
        "last_action": agent.last,
        "failpoints": agent.settings.failpoints.active,
    }
