"""What to do about a pgpool whose view differs from the truth: pure functions.

Rules 1-6 are those of research §5.4; 7 and 8 are ours: a standby that is left behind or mute. Nothing of
pgpool's own detaches or attaches but its health check.
pgpool looks for its primary only inside a failover or failback, and can stay without one for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ha.failpoints import OFF, Failpoints
from ha.pool.facts import Backend, Facts, Node, view_primary

__all__ = ["Action", "History", "Symptom", "decide", "remember", "symptoms"]

View = tuple[Backend, ...]

PRIMARY_DOWN_S = 3.0
"""A search that pgpool has begun by itself ends within its 1 s step; then it is wedged (research §0.8)."""
NO_PRIMARY_S = 3.0
"""Research detaches a standby to make pgpool look again, but a pgpool that hangs in its search does not."""
STANDBY_DOWN_S = 2.0
"""One more look, because attaching to a server that comes and goes costs its readers their sessions."""
LEFT_BEHIND_S = 10.0
"""A standby that streams from nobody, or replays too slowly, serves ever older rows."""
SILENT_S = 15.0
"""Longer than a failover's restart of all children and than every time-out in pgpool.conf."""
TRUTH_S = 3.0
"""A pgpool that was silent for lack of a primary gets this long to find the new one by itself."""
MUTE_S = 3.0
"""pgpool needs about 9 s to give up a frozen standby (3 health checks of 2 s), and every new session waits for it."""
SETTLE_S = 2.0
"""pgpool needs about a second to work off a detach or attach before its view tells."""
RESTART_PAUSE_S = 10.0
RESTART_PAUSE_MAX_S = 80.0
"""Restarts cut every client: what two of them did not cure is tried ever more rarely."""
RESTARTS_COUNT_S = 300.0


@dataclass(frozen=True)
class Action:
    """What the loop is to do; `rule` is its number in the module's text, `why` one sentence for the log."""

    do: Literal["nothing", "detach", "attach", "restart"]
    why: str
    rule: int = 6
    index: int = -1
    node: str = ""


@dataclass(frozen=True)
class Symptom:
    """Something wrong now, and the action for it once it has lasted `after_s` seconds."""

    name: str
    after_s: float
    action: Action


@dataclass(frozen=True)
class History:
    """When the agent last acted and when it restarted pgpool because of a decision (monotonic seconds)."""

    acted_at: float = float("-inf")
    restarts: tuple[float, ...] = ()

    def after(self, action: Action, now: float) -> History:
        """The history with this action in it."""
        kept = tuple(at for at in self.restarts if now - at < RESTARTS_COUNT_S)
        return History(now, (*kept, now) if action.do == "restart" else kept)

    def may_restart(self, now: float) -> bool:
        """Whether the pause after the last restarts is over."""
        recent = [at for at in self.restarts if now - at < RESTARTS_COUNT_S]
        pause = min(RESTART_PAUSE_S * 2 ** (len(recent) - 1), RESTART_PAUSE_MAX_S)
        return not recent or now - recent[-1] >= pause


def symptoms(facts: Facts) -> Iterator[Symptom]:
    """Everything wrong in this round, the most urgent first; nothing at all without a truth."""
    if facts.truth is None:
        return
    if facts.silent_s >= SILENT_S - TRUTH_S:
        why = f"SQL through pgpool has hung for {facts.silent_s:.0f} s"
        yield Symptom("pgpool silent", TRUTH_S, Action("restart", why, rule=5))
    if facts.view is None:
        why = "PCP does not answer"
        yield Symptom("no view", SILENT_S, Action("restart", why, rule=5))
    else:
        yield from _primary(facts.view, facts.truth)
        yield from _others(facts.view, facts.truth, facts)


def _primary(view: View, truth: Node) -> Iterator[Symptom]:
    """Rules 1 to 3: pgpool's primary is not the true one."""
    name = truth.name
    believed = view_primary(view)
    wanted = next((b for b in view if b.name == name), None)
    if wanted is None:
        return
    if not wanted.attached:
        why = f"pgpool has {name} {wanted.status}, which is the primary"
        yield Symptom(f"{name} down", PRIMARY_DOWN_S, Action("restart", why, rule=2))
    elif believed is not None and believed != wanted:
        why = f"pgpool takes {believed.name} for the primary, which is {name}"
        action = Action("detach", why, rule=1, index=believed.index, node=believed.name)
        yield Symptom(f"{believed.name} stale", 0, action)
    elif believed is None:
        why = f"pgpool has no primary although {name} is attached"
        yield Symptom("no primary", NO_PRIMARY_S, Action("restart", why, rule=3))


def _others(view: View, truth: Node, facts: Facts) -> Iterator[Symptom]:
    """Reads: not from a deposed primary (rule 1) or a standby left behind (7); from one that streams (4)."""
    for backend in view:
        node = facts.node(backend.name)
        if node == truth:
            continue
        if backend.attached and node.error:
            why = f"{node.name} does not answer ({node.error}) and every new session waits for it"
            action = Action("detach", why, rule=8, index=backend.index, node=node.name)
            yield Symptom(f"{node.name} mute", MUTE_S, action)
        if backend.attached and node.is_primary:
            why = f"{node.name} is a deposed primary (timeline {node.timeline}) and still attached"
            action = Action("detach", why, rule=1, index=backend.index, node=node.name)
            yield Symptom(f"{node.name} deposed", 0, action)
        streams = node.streaming and node.name in truth.replicas
        if backend.attached and node.in_recovery and not streams:
            why = f"{node.name} does not stream from {truth.name} and answers reads"
            action = Action("detach", why, rule=7, index=backend.index, node=node.name)
            yield Symptom(f"{node.name} left behind", LEFT_BEHIND_S, action)
        if not backend.attached and streams:
            why = f"{node.name} streams from {truth.name} and is {backend.status} in pgpool"
            action = Action("attach", why, rule=4, index=backend.index, node=node.name)
            yield Symptom(f"{node.name} left out", STANDBY_DOWN_S, action)


def remember(since: Mapping[str, float], facts: Facts, now: float) -> dict[str, float]:
    """When each present symptom began; one that is absent for a single round begins anew."""
    return {symptom.name: since.get(symptom.name, now) for symptom in symptoms(facts)}


def decide(
    facts: Facts, since: Mapping[str, float], history: History, now: float, failpoints: Failpoints = OFF
) -> Action:
    """The action for the first symptom that has lasted long enough."""
    if failpoints.on("reconciler-off"):
        return Action("nothing", "failpoint reconciler-off")
    if facts.truth is None:
        return Action("nothing", "no single primary of the newest timeline answers")
    if now - history.acted_at < SETTLE_S:
        return Action("nothing", "the last action is still settling")
    for symptom in symptoms(facts):
        if now - since.get(symptom.name, now) < symptom.after_s + failpoints.seconds("reconciler-late"):
            continue
        if symptom.action.do == "restart" and not history.may_restart(now):
            continue
        return symptom.action
    return Action("nothing", "view and truth agree" if not since else "waiting: " + ", ".join(since))
