"""What is wrong with a pgpool whose view differs from the truth, and what cures it: pure functions.

Rules 1-6 are those of research §5.4, 7 to 11 are ours. Sources are those of pgpool 4.6.1, whose facts are:

- It looks for its primary only inside a failover (detach) or failback (attach), once a second until it finds one or
  search_primary_node_timeout is over (find_primary_node_repeatedly). No child lives meanwhile; requests queue up.
- Afterwards it goes on without a primary: reads reach the standbys, writes get 25006 from one of them. It never
  looks again by itself, but any attach or detach makes it look (determine_new_primary_node).
- Detaching its primary, or attaching anything while it has none, kills every child and with it every session;
  detaching a standby kills those that read from it; attaching one kills nobody (kill_failover_children).
- Its sockets to the servers have neither keepalives nor TCP_USER_TIMEOUT, and the kernel's defaults for both are
  nothing a pod may set: a session on a silently dead server hangs for 15 minutes. Only the kill ends it (a child
  exits in its SIGQUIT handler, wherever it hangs). So a primary that has a successor is detached at once, dead or
  alive; before there is one, pgpool's own health check does it within 3 s (refused) to 8 s (silent).
- A new session connects to every attached server and, other than the health check, tries a silent one for as long
  as the kernel does (connect_with_timeout, retry): 127 s, detached or not. Rule 11 ends it.
- Detach and attach are idempotent: what is done already is refused with a line in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ha.pool.facts import Backend, Facts, Node, view_primary

__all__ = ["Action", "Symptom", "symptoms"]

View = tuple[Backend, ...]

PRIMARY_DOWN_S = 3.0
"""The attach that cures a lost primary waits behind a search of pgpool's own, which a restart ends in 2 s."""
SEARCH_STEP_S = 1.5
"""A search that is still running sees a new primary at its next step, 1 s later, and in far less than 0.5 s more."""
NO_PRIMARY_S = 4.0
"""An attach or detach has made it look by then, 1 s of its pause after the last one included."""
STANDBY_DOWN_S = 2.0
"""One more look, because attaching to a server that comes and goes costs its readers their sessions."""
LEFT_BEHIND_S = 10.0
"""A standby that streams from nobody, or replays too slowly, serves ever older rows."""
SILENT_S = 15.0
"""Longer than a failover's restart of all children and than every time-out in pgpool.conf."""
TRUTH_S = 3.0
"""A pgpool that was silent for lack of a primary gets this long to find the new one by itself."""
PCP_S = 5.0
"""More than one time-out of a call and the second in which a failover replaces the PCP process."""
MUTE_S = 1.5
"""Every new session hangs on a silent standby; taking it out wrongly costs the sessions that read from it, which hang
too. With 1 s a machine at ten times its load lost one server after the other, with 3 s readers waited for 6 s (both
watched on kind)."""
RELEASE_S = 1.0
"""One more lookup: what the name servers give back is taken slowly."""


@dataclass(frozen=True)
class Action:
    """What the loop is to do; `rule` is its number in this module, `why` one sentence for the log.

    end-pcp: kill the PCP process, which pgpool replaces. hold: let the health check detach nobody in `names`.
    end-children: kill the children `pids`, which pgpool replaces too.
    """

    do: Literal["nothing", "detach", "attach", "restart", "end-pcp", "hold", "end-children"]
    why: str
    rule: int = 6
    index: int = -1
    node: str = ""
    names: tuple[str, ...] = ()
    pids: tuple[int, ...] = ()

    @property
    def is_failover(self) -> bool:
        """Whether pgpool works it off as a failover or failback, one at a time."""
        return self.do not in ("nothing", "hold", "end-children")


@dataclass(frozen=True)
class Symptom:
    """Something wrong now, and the action for it once it has lasted `after_s` seconds."""

    name: str
    after_s: float
    action: Action


def symptoms(facts: Facts) -> Iterator[Symptom]:
    """Everything wrong in this round, the most urgent first."""
    yield from _names(facts)
    if facts.stuck:
        why = f"{len(facts.stuck)} sessions wait for a server that is gone (ha/pool/stuck.py)"
        yield Symptom("stuck", 0, Action("end-children", why, rule=11, pids=facts.stuck))
    if facts.truth is None:
        yield from _passed(facts)
        return
    if facts.silent_s >= SILENT_S - TRUTH_S:
        why = f"SQL through pgpool has hung for {facts.silent_s:.0f} s"
        yield Symptom("pgpool silent", TRUTH_S, Action("restart", why, rule=5))
    if facts.view is None:
        why = "PCP does not answer"
        yield Symptom("no view for long", SILENT_S, Action("restart", why, rule=5))
        # Only the view is lost, not the sessions: SQL goes on while PCP hangs (4.6.1; cured in 4.6.7).
        yield Symptom("no view", PCP_S, Action("end-pcp", why, rule=5))
    else:
        yield from _primary(facts.view, facts.truth, facts)
        yield from _others(facts.view, facts.truth, facts)


def _names(facts: Facts) -> Iterator[Symptom]:
    """Rule 9: a name server's failure is no server's failure, but the health check looks up names."""
    wanted = tuple(node.name for node in facts.nodes if facts.doubt and _protected(node, facts))
    if wanted != facts.held:
        why = (
            f"names do not resolve, while {', '.join(wanted)} answer" if wanted else "nobody needs protection"
        )
        after_s = 0.0 if set(wanted) - set(facts.held) else RELEASE_S
        yield Symptom("names", after_s, Action("hold", why, rule=9, names=wanted))


def _protected(node: Node, facts: Facts) -> bool:
    """A server that answers by its last address, unless it is to be detached: a held one cannot be."""
    believed = view_primary(facts.view or ())
    wrong = (
        believed is not None and believed.name == node.name and not facts.agrees and facts.truth is not None
    )
    return not node.error and facts.worth_using(node.name) and not wrong and not facts.deposed(node.name)


def _passed(facts: Facts) -> Iterator[Symptom]:
    """Rule 1 while the new primary is silent: nobody can be right who writes to one of an older epoch."""
    believed = view_primary(facts.view or ())
    if believed is not None and facts.deposed(believed.name):
        why = f"{believed.name} leads epoch {facts.node(believed.name).epoch}, and a newer one is followed"
        yield Symptom(f"{believed.name} passed", 0, _on("detach", believed, why, 1))


def _primary(view: View, truth: Node, facts: Facts) -> Iterator[Symptom]:
    """Rules 1 to 3 and 10: pgpool's primary is not the true one, or not where it was."""
    name = truth.name
    believed = view_primary(view)
    wanted = next((b for b in view if b.name == name), None)
    if wanted is None:
        return
    if not wanted.attached:
        why = f"pgpool has {name} {wanted.status}, which is the primary"
        # With another one for primary, an attach would leave its sessions alive, without a way to the new one.
        after_s = PRIMARY_DOWN_S if believed is None else 0.0
        yield Symptom(f"{name} down for long", after_s, Action("restart", why, rule=2))
        yield Symptom(f"{name} down", 0, _on("attach", wanted, why, 2))
    elif believed is not None and believed != wanted:
        why = f"pgpool takes {believed.name} for the primary, which is {name}"
        yield Symptom(f"{believed.name} stale", 0, _on("detach", believed, why, 1))
    elif believed is None:
        why = f"pgpool has no primary although {name} is attached"
        yield Symptom("no primary for long", NO_PRIMARY_S, Action("restart", why, rule=3))
        yield from _kick(view, truth, facts, why)
    elif name in facts.moved:
        # A detach would make pgpool search, without children, until it is allowed to attach again.
        why = f"{name} has another address and sessions still use the old one"
        yield Symptom(f"{name} moved", 0, Action("restart", why, rule=10))


def _kick(view: View, truth: Node, facts: Facts, why: str) -> Iterator[Symptom]:
    """Rule 3: make pgpool look for its primary by attaching or, at worst, detaching a standby."""
    others = [b for b in view if b.name != truth.name]
    out = [b for b in others if not b.attached and b.name in truth.replicas and facts.node(b.name).streaming]
    used = [b for b in others if b.attached]
    do: Literal["attach", "detach"] = "attach" if out else "detach"
    for backend in (out or used)[:1]:
        yield Symptom("no primary", SEARCH_STEP_S if facts.searching else 0.0, _on(do, backend, why, 3))


def _others(view: View, truth: Node, facts: Facts) -> Iterator[Symptom]:
    """Reads: not from a deposed primary (rule 1), a mute standby (8), one left behind (7) or moved away (10)."""
    for backend in view:
        node = facts.node(backend.name)
        if node == truth:
            continue
        if backend.attached and node.error:
            why = f"{node.name} does not answer ({node.error}) and every new session waits for it"
            # Nobody is taken out wrongly who is not there, and children that meet it die of SIGSEGV (settings.py).
            after_s = 0.0 if node.gone else MUTE_S
            yield Symptom(f"{node.name} mute", after_s, _on("detach", backend, why, 8))
        elif backend.attached and node.name in facts.moved:
            why = f"{node.name} has another address and sessions still read from the old one"
            yield Symptom(f"{node.name} moved", 0, _on("detach", backend, why, 10))
        if backend.attached and node.is_primary:
            why = f"{node.name} is a deposed primary (epoch {node.epoch}, timeline {node.timeline}), still attached"
            yield Symptom(f"{node.name} deposed", 0, _on("detach", backend, why, 1))
        streams = node.streaming and node.name in truth.replicas
        if backend.attached and node.in_recovery and not streams:
            why = f"{node.name} does not stream from {truth.name} and answers reads"
            yield Symptom(f"{node.name} left behind", LEFT_BEHIND_S, _on("detach", backend, why, 7))
        if not backend.attached and streams:
            why = f"{node.name} streams from {truth.name} and is {backend.status} in pgpool"
            yield Symptom(f"{node.name} left out", STANDBY_DOWN_S, _on("attach", backend, why, 4))


def _on(do: Literal["detach", "attach"], backend: Backend, why: str, rule: int) -> Action:
    return Action(do, why, rule=rule, index=backend.index, node=backend.name)
