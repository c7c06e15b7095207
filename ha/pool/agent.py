"""The loop of the pool agent: keep pgpool running, look, decide, act, and answer the probes."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ha.http import Answer, Route, serve
from ha.pool.facts import Backend, Facts, view_primary
from ha.pool.pcp import Pcp, PcpError
from ha.pool.process import Pgpool
from ha.pool.reconcile import Action, History, decide, remember
from ha.pool.render import write
from ha.pool.truth import Probe, Truth
from ha.process import Heartbeat, Reaper
from ha.settings import Settings

__all__ = ["Agent", "main"]

log = logging.getLogger("ha.pool")

RUN = Path("/run/pgpool")
PERIOD_S = 1.0
POLL_S = 0.1
"""How soon a dead pgpool is noticed between two rounds."""
STUCK_S = 30.0
"""Liveness: longer than the slowest honest round (PCP 2 s, truth 1.2 s, restart 4 s, an action 2 s)."""
DRAIN_S = 2.0
"""Between unready and the fast stop, for load balancers to look elsewhere. Clients are cut either way, and
libpq goes on to the next address at once."""


class Agent:
    """State between rounds; `tick` is called by one thread, the answers by the HTTP threads."""

    def __init__(self, settings: Settings, run: Path = RUN) -> None:
        self._settings = settings
        self._heart = Heartbeat()
        self._pgpool = Pgpool(settings, run, self._heart)
        self._pcp = Pcp(settings, run / "pcppass", self._heart)
        self._truth = Truth(settings)
        self._probe = Probe(settings)
        self._reaper = Reaper()
        self._since: dict[str, float] = {}
        self._history = History()
        self._facts = Facts(None, ())
        self._last: dict[str, Any] | None = None

    def run(self, stop: threading.Event) -> None:
        """Rounds of PERIOD_S until `stop` is set; then unready, a short wait, and pgpool's fast stop."""
        self._facts = Facts(None, self._truth.look())
        self._pgpool.tend(time.monotonic(), self._states())
        self._probe.start()
        while not stop.is_set():
            began = time.monotonic()
            self.tick(began)
            while time.monotonic() - began < PERIOD_S and self._pgpool.running:
                if stop.wait(POLL_S):
                    break
            stop.wait(POLL_S)
        log.info("stopping: unready now, pgpool stops in %.0f s", DRAIN_S)
        self._probe.stop()
        time.sleep(DRAIN_S)
        self._pgpool.stop()
        self._truth.close()

    def tick(self, now: float) -> None:
        """One round."""
        self._heart.beat()
        self._reaper.scan(self._pgpool.pids)
        self._pgpool.tend(now, self._states())
        facts = self._look()
        self._tell_change(facts)
        self._facts = facts
        now = time.monotonic()
        self._since = remember(self._since, facts, now)
        action = decide(facts, self._since, self._history, now, self._settings.failpoints)
        if action.do != "nothing":
            self._act(action, facts, now)

    def _states(self) -> list[str]:
        return ["up" if self._facts.worth_using(m.name) else "down" for m in self._settings.members]

    def _look(self) -> Facts:
        # The view first: truth may be newer than the view, never older, or a promotion between the two
        # would make the new primary look like the stale one.
        try:
            view: tuple[Backend, ...] | None = self._pcp.view()
        except PcpError as error:
            if self._facts.view is not None:
                log.warning("no view: %s", error)
            view = None
        return Facts(view, self._truth.look(), self._probe.silent_s)

    def _act(self, action: Action, facts: Facts, now: float) -> None:
        self._last = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "action": action.do,
            "node": action.node,
            "rule": action.rule,
            "why": action.why,
            "facts": facts.to_json(),
        }
        log.warning("decision %s", json.dumps(self._last))
        self._history = self._history.after(action, now)
        try:
            if action.do == "restart":
                self._since = {}
                self._pgpool.restart(now, self._states())
            elif action.do == "detach":
                self._pcp.detach(action.index)
            else:
                self._pcp.attach(action.index)
        except PcpError as error:
            log.warning("%s of %s failed: %s", action.do, action.node, error)

    def _tell_change(self, facts: Facts) -> None:
        before, after = _summary(self._facts), _summary(facts)
        if before != after:
            log.info("seen %s", json.dumps(after))

    def livez(self, _: Any) -> Answer:
        """Whether the loop moves; PostgreSQL and pgpool may be as dead as they like."""
        age = self._heart.age_s
        return Answer(200 if age < STUCK_S else 503, f"the loop last moved {age:.1f} s ago")

    def readyz(self, _: Any) -> Answer:
        """Whether SQL through pgpool worked lately."""
        return Answer(200 if self._probe.ready else 503, f"SELECT 1 through pgpool: {self._probe.last}")

    def status(self, _: Any) -> Answer:
        """The view, the truth and the last action."""
        facts = self._facts
        primary = view_primary(facts.view or ())
        return Answer(
            200,
            {
                "name": self._settings.me,
                "primary": primary.name if primary else None,
                "backends": [asdict(b) | {"pg_role": facts.node(b.name).role} for b in facts.view or ()],
                "ready": self._probe.ready,
                "probe": self._probe.last,
                "facts": facts.to_json(),
                "waiting": sorted(self._since),
                "last_action": self._last,
                "failpoints": self._settings.failpoints.active,
            },
        )


def _summary(facts: Facts) -> dict[str, Any]:
    truth = facts.truth
    return {
        "truth": truth.name if truth else None,
        "view": {b.name: f"{b.status} {b.role}" for b in facts.view} if facts.view else None,
        "nodes": {n.name: f"{n.role} timeline {n.timeline}" for n in facts.nodes},
    }


def main(settings: Settings, run: Path = RUN) -> int:
    """Run until SIGTERM; returns the exit status. Raises SettingsError for a missing secret."""
    write(settings, run)
    settings.failpoints.announce()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    agent = Agent(settings, run)
    serve(
        settings.agent_port,
        [
            Route("GET", "/livez", agent.livez),
            Route("GET", "/readyz", agent.readyz),
            Route("GET", "/status", agent.status, settings.secrets.read_token),
        ],
    )
    agent.run(stop)
    return 0
