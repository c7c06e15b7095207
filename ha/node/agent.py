"""The node agent's loop: look, decide (start.py, tend.py), act. PID 1 of the postgres image."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType

import psycopg2

from ha.http import serve
from ha.node import config
from ha.node.actions import Actions
from ha.node.facts import NodeStatus
from ha.node.gate import votes_needed
from ha.node.peers import Peers
from ha.node.repmgr import Repmgrd
from ha.node.routes import routes
from ha.node.sampler import Sampler
from ha.node.server import Server
from ha.node.start import Wait, decide_start
from ha.node.tend import Nothing, decide
from ha.node.volume import Volume, VolumeBusy
from ha.process import STABLE_S, CommandFailed, Heartbeat, Reaper, pause_s
from ha.settings import Settings

__all__ = ["NodeAgent", "main"]

log = logging.getLogger("ha.node")
TICK_S = 0.5
BUSY_RETRY_S = 1.0


class Since:
    """How long a condition has held without a break, in seconds."""

    def __init__(self) -> None:
        self._from: float | None = None

    def update(self, holds: bool) -> float:
        """Tell whether it holds now; returns the seconds since it began."""
        now = time.monotonic()
        self._from = (self._from or now) if holds else None
        return now - self._from if self._from else 0.0


class NodeAgent:
    """Owns one volume and one PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.heart = Heartbeat()
        self.volume = Volume(settings.volume)
        self.server = Server(settings, self.volume, self.heart.beat)
        self.sampler = Sampler(self.server, settings.me)
        self.repmgrd = Repmgrd(settings, self.heart.beat)
        self.peers = Peers(settings)
        self.actions = Actions(
            settings, self.volume, self.server, self.sampler, self.repmgrd, self.heart.beat
        )
        self.ending = threading.Event()
        self._reaper = Reaper()
        self._ordinals = {m.name: m.ordinal for m in settings.members}
        self._down, self._leaderless, self._unfed = Since(), Since(), Since()
        self._last_wait = ""
        self._started, self._not_before, self._deaths = 0.0, 0.0, 0

    def run(self) -> int:
        """Serve until SIGTERM; returns the exit code."""
        config.render(self.settings)
        serve(self.settings.agent_port, routes(self))
        self.sampler.start()
        self._take_lock()
        self.volume.restore_aside()
        while not self.ending.is_set():
            self.heart.beat()
            try:
                self._tick()
            except (CommandFailed, psycopg2.Error, RuntimeError, OSError) as error:
                log.error("tick failed, tried again: %s", str(error).strip())
            self._reaper.scan(self.server.pids | self.repmgrd.pids)
            self.ending.wait(TICK_S)
        self.actions.shut_down()
        return 0

    def status(self) -> NodeStatus:
        """What this node says about itself now."""
        return self.sampler.status

    def end(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM: leave the loop and stop PostgreSQL fast, so that everything written reaches a standby."""
        log.info("signal %s: stopping", signal.Signals(number).name)
        self.ending.set()

    def _take_lock(self) -> None:
        while not self.ending.is_set():
            self.heart.beat()
            try:
                return self.volume.lock()
            except VolumeBusy as error:
                self.sampler.idle("stopped", str(error))
                log.warning("%s; waiting for it to end", error)
                self.ending.wait(BUSY_RETRY_S)

    def _tick(self) -> None:
        if self.server.running:
            self._down.update(False)
            self._tend()
        else:
            self._start()

    def _start(self) -> None:
        code = self.server.forget()
        if code is not None:
            log.error("postgres ended by itself with code %s", code)
            self._last_wait = f"PostgreSQL ended by itself with code {code}"
            self.sampler.idle("stopped", self._last_wait)
            self.repmgrd.stop()
            self._deaths = 0 if time.monotonic() - self._started > STABLE_S else self._deaths + 1
            self._not_before = time.monotonic() + pause_s(self._deaths)
        waited = self._down.update(True)
        if time.monotonic() < self._not_before:
            return
        local = self.volume.inspect()
        self.sampler.idle("stopped" if local.present else "empty", self._last_wait)
        answers = self.peers.ask()
        needed = votes_needed(len(self.settings.members), self.settings.sync_standbys)
        decision = decide_start(local, answers, self.settings.self_member.ordinal, needed, waited)
        if isinstance(decision, Wait):
            if decision.why != self._last_wait:
                log.info("waiting: %s", decision.why)
            self._last_wait = decision.why
            return
        log.info("start decision %s from %s and %s", decision, local, _brief(answers))
        self._last_wait = ""
        self._started = time.monotonic()
        self.actions.start(decision)

    def _tend(self) -> None:
        me, answers = self.status(), self.peers.ask()
        seen = [a for a in (me, *answers.values()) if a]
        leaderless = self._leaderless.update(not any(a.role == "primary" for a in seen))
        unfed = self._unfed.update(me.role == "standby" and not me.streaming)
        action = decide(
            me,
            answers,
            self._ordinals,
            self.settings.sync_standbys,
            leaderless_s=leaderless,
            not_streaming_s=unfed,
            repmgrd=self.repmgrd.running,
            failpoints=self.settings.failpoints,
        )
        if not isinstance(action, Nothing):
            log.info("decision %s from %s and %s", action, me, _brief(answers))
            self.actions.act(action, answers)
        elif not self.ending.is_set():
            self.actions.keep_house(me)


def _brief(answers: dict[str, NodeStatus | None]) -> str:
    shown = (f"{name}={a.role} {a.position}" if a else f"{name}=silent" for name, a in answers.items())
    return ", ".join(shown)


def main(settings: Settings) -> int:
    """PID 1: run the agent until SIGTERM. Raises SettingsError when a secret is missing."""
    names = (
        "postgres_password",
        "repmgr_password",
        "monitor_password",
        "todo_password",
        "read_token",
        "peer_token",
    )
    settings.secrets.require(*names)
    settings.failpoints.announce()
    agent = NodeAgent(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, agent.end)
    return agent.run()
