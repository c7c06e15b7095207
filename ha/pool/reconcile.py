"""When the loop looks, and which of the rules' actions it takes now: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ha.failpoints import OFF, Failpoints
from ha.pool.facts import Facts
from ha.pool.rules import Action, symptoms

__all__ = ["History", "decide", "pause_s", "remember", "troubled"]

PERIOD_S = 1.0
HURRY_S = 0.25
"""From the start of a look, which takes about 0.4 s: two a second, each a new session on every server that lives
(about 10 ms of its CPU), and twice that with two pools."""
HURRY_MOST_S = 30.0
"""Then it is no failover any more, and the survivors need their CPU for something else."""
SETTLE_S = 1.0
"""pgpool pauses 1 s after each failover (exec_notice_pcp_child) before it works off the next; its view, shared
memory, is right before that. Acting once too often costs a line in its log."""
RESTART_PAUSE_S = 10.0
RESTART_PAUSE_MAX_S = 80.0
"""Restarts cut every client: what two of them did not cure is tried ever more rarely."""
RESTARTS_COUNT_S = 300.0


@dataclass(frozen=True)
class History:
    """When the agent last acted and when it restarted pgpool because of a decision (monotonic seconds)."""

    acted_at: float = float("-inf")
    restarts: tuple[float, ...] = ()

    def after(self, action: Action, now: float) -> History:
        """The history with this action in it."""
        if not action.is_failover:
            return self
        kept = tuple(at for at in self.restarts if now - at < RESTARTS_COUNT_S)
        return History(now, (*kept, now) if action.do == "restart" else kept)

    def may_restart(self, now: float) -> bool:
        """Whether the pause after the last restarts is over."""
        recent = [at for at in self.restarts if now - at < RESTARTS_COUNT_S]
        pause = min(RESTART_PAUSE_S * 2 ** (len(recent) - 1), RESTART_PAUSE_MAX_S)
        return not recent or now - recent[-1] >= pause


def remember(since: Mapping[str, float], facts: Facts, now: float) -> dict[str, float]:
    """When each present symptom began; one that is absent for a single round begins anew."""
    return {symptom.name: since.get(symptom.name, now) for symptom in symptoms(facts)}


def pause_s(facts: Facts, troubled_s: float) -> float:
    """Seconds until the next look; troubled_s: for how long there has been something to look for.

    The node agents wake us after a promotion; this is for the one whose call was lost.
    """
    return HURRY_S if troubled(facts) and troubled_s < HURRY_MOST_S else PERIOD_S


def troubled(facts: Facts) -> bool:
    """Whether the next look may bring something to do: no truth, another view, or a silent server in use."""
    mute = any(b.attached and facts.node(b.name).error for b in facts.view or ())
    return mute or not facts.agrees


def decide(
    facts: Facts, since: Mapping[str, float], history: History, now: float, failpoints: Failpoints = OFF
) -> Action:
    """The action for the first symptom that has lasted long enough."""
    if failpoints.on("reconciler-off"):
        return Action("nothing", "failpoint reconciler-off")
    for symptom in symptoms(facts):
        if now - since.get(symptom.name, now) < symptom.after_s + failpoints.seconds("reconciler-late"):
            continue
        if symptom.action.is_failover and now - history.acted_at < SETTLE_S:
            continue
        if symptom.action.do == "restart" and not history.may_restart(now):
            continue
        return symptom.action
    return Action("nothing", _why_nothing(facts, since))


def _why_nothing(facts: Facts, since: Mapping[str, float]) -> str:
    if since:
        return "waiting: " + ", ".join(since)
    return "view and truth agree" if facts.truth else "no single primary of the newest history answers"
