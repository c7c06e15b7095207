"""The loop of the pool agent: keep pgpool running, look, decide, act, and answer the probes."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ha.http import serve
from ha.pool.facts import Facts
from ha.pool.look import Look
from ha.pool.pcp import PcpError
from ha.pool.process import Pgpool
from ha.pool.reconcile import History, decide, pause_s, remember, troubled
from ha.pool.render import write
from ha.pool.routes import routes
from ha.pool.rules import Action
from ha.pool.truth import Probe
from ha.process import Heartbeat, Reaper
from ha.settings import Settings
from ha.signals import when_told_to_end

__all__ = ["Agent", "main"]

log = logging.getLogger("ha.pool")

RUN = Path("/run/pgpool")
POLL_S = 0.1
"""How soon a dead pgpool is noticed between two rounds, and the least pause between two."""
NUDGE_S = 3.0
"""After a failover, in which pgpool's children end one after the other."""
DRAIN_S = 2.0
"""Between unready and the fast stop, for load balancers to look elsewhere. Clients are cut either way, and
libpq goes on to the next address at once."""


class Agent:
    """State between rounds; `tick` is called by one thread, the answers by the HTTP threads."""

    def __init__(self, settings: Settings, run: Path = RUN) -> None:
        self.settings = settings
        self._run = run
        self.heart = Heartbeat()
        self._pgpool = Pgpool(settings, run, self.heart)
        self._woken = threading.Event()
        self._look = Look(settings, run, self.heart, self._woken.set)
        self._reaper = Reaper()
        self.since: dict[str, float] = {}
        self._history = History()
        self._held: tuple[str, ...] = ()
        self.facts = Facts(None, ())
        self._agreed_at = self._calm_at = time.monotonic()
        self._nudge_until = 0.0
        self.taken: Counter[tuple[int, str]] = Counter()
        self.last: dict[str, Any] | None = None

    def run(self, stop: threading.Event) -> None:
        """Rounds until `stop` is set; then unready, a short wait, and pgpool's fast stop."""
        self.facts = self._look.start()
        self._pgpool.tend(time.monotonic(), self._states())
        self._look.probe.start()
        while not stop.is_set():
            self._woken.clear()
            began = time.monotonic()
            self.tick(began)
            self.rest(began + pause_s(self.facts, time.monotonic() - self._calm_at), stop)
        log.info("stopping: unready now, pgpool stops in %.0f s", DRAIN_S)
        self._look.stop()
        time.sleep(DRAIN_S)
        self._pgpool.stop()

    def wake(self) -> None:
        """Look at once, and not at the end of the pause."""
        self._woken.set()

    def rest(self, until: float, stop: threading.Event) -> None:
        """Wait until then (monotonic), or until pgpool ends, somebody wakes us, or `stop` is set."""
        while time.monotonic() < until and self._pgpool.running and not stop.is_set():
            # Not before it agrees: without a primary every child more is one more that waits.
            if self.facts.agrees and time.monotonic() < self._nudge_until:
                self._pgpool.nudge()
            if self._woken.wait(POLL_S):
                break
        stop.wait(POLL_S)

    def tick(self, now: float) -> None:
        """One round."""
        self.heart.beat()
        self._reaper.scan(self._pgpool.pids)
        if self._pgpool.tend(now, self._states()):
            self._look.forget()
        facts = self._look.facts(self._held, self._pgpool.children)
        self._tell_change(facts)
        self.facts = facts
        now = time.monotonic()
        self._agreed_at = now if facts.agrees else self._agreed_at
        self._calm_at = self._calm_at if troubled(facts) else now
        self._nudge_until = now + NUDGE_S if troubled(facts) else self._nudge_until
        self.since = remember(self.since, facts, now)
        action = decide(facts, self.since, self._history, now, self.settings.failpoints)
        if action.do != "nothing":
            self._act(action, facts, now)

    @property
    def probe(self) -> Probe:
        """What SQL through pgpool does."""
        return self._look.probe

    @property
    def agreed_s(self) -> float:
        """Seconds since view and truth last agreed."""
        return time.monotonic() - self._agreed_at

    def _states(self) -> list[str]:
        return ["up" if self.facts.worth_using(m.name) else "down" for m in self.settings.members]

    def _act(self, action: Action, facts: Facts, now: float) -> None:
        self.last = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "action": action.do,
            "node": action.node,
            "rule": action.rule,
            "why": action.why,
            "facts": facts.to_json(),
        }
        log.warning("decision %s", json.dumps(self.last))
        self._history = self._history.after(action, now)
        # A new one each time: HTTP threads may be reading the old one.
        self.taken = self.taken + Counter([(action.rule, action.do)])
        try:
            self._do(action, now)
        except PcpError as error:
            log.warning("%s of %s failed: %s", action.do, action.node, error)

    def _do(self, action: Action, now: float) -> None:
        match action.do:
            case "restart":
                self.since = {}
                self._look.forget()
                self._pgpool.restart(now, self._states())
            case "hold":
                write(self.settings, self._run, action.names)
                self._pgpool.reload()
                self._held = action.names
            case "end-pcp":
                self._pgpool.end_pcp()
            case "end-children":
                self._pgpool.end(action.pids)
            case "detach":
                self._look.pcp.detach(action.index)
            case "attach":
                self._look.pcp.attach(action.index)

    def _tell_change(self, facts: Facts) -> None:
        before, after = _summary(self.facts), _summary(facts)
        if before != after:
            log.info("seen %s", json.dumps(after))


def _summary(facts: Facts) -> dict[str, Any]:
    truth = facts.truth
    return {
        "truth": truth.name if truth else None,
        "view": {b.name: f"{b.status} {b.role}" for b in facts.view} if facts.view else None,
        "nodes": {n.name: f"{n.role} epoch {n.epoch} timeline {n.timeline}" for n in facts.nodes},
        "names": "in doubt" if facts.doubt else "fine",
    }


def main(settings: Settings, run: Path = RUN) -> int:
    """Run until SIGTERM; returns the exit status. Raises SettingsError for a missing secret."""
    write(settings, run)
    settings.failpoints.announce()
    stop = threading.Event()
    when_told_to_end(lambda told: stop.set())
    agent = Agent(settings, run)
    serve(settings.agent_port, routes(agent, settings.secrets.read_token))
    agent.run(stop)
    return 0
