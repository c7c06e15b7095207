"""The node agent: PID 1 of the postgres image. Its loop looks, asks the pure decisions, and has them carried out."""

from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import replace

import psycopg2

from ha.hosts import Hosts
from ha.http import serve
from ha.names import Names
from ha.node import config
from ha.node.actions import Actions
from ha.node.around import Once
from ha.node.ballots import Ballots
from ha.node.campaign import Campaign
from ha.node.courtesy import Courtesy
from ha.node.facts import NodeStatus
from ha.node.handoff import Handoff
from ha.node.house import House
from ha.node.joining import Joining
from ha.node.patience import Patience
from ha.node.peers import Peers
from ha.node.phases import Phases
from ha.node.reign import Reign
from ha.node.routes import routes
from ha.node.server import Server
from ha.node.standby import Standby
from ha.node.stopped import Stopped
from ha.node.volume import Volume, VolumeBusy
from ha.node.voter import Voter
from ha.node.watch import Watcher
from ha.node.watchdog import NOBODY, Watchdog
from ha.process import CommandFailed, Heartbeat, Reaper
from ha.settings import Member, Settings
from ha.signals import when_told_to_end
from ha.vote.epoch import Epoch

__all__ = ["NodeAgent", "main"]

log = logging.getLogger("ha.node")
TICK_S = 0.25
BUSY_RETRY_S = 1.0
LEAVE_WITHIN_S = 20.0
"""How long an ending pod whose handoff failed still votes for a successor; the pod's grace period is longer."""


class NodeAgent:
    """Owns one volume and one PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.heart = Heartbeat()
        self.volume = Volume(settings.volume)
        self.server = Server(settings, self.volume, self.heart.beat)
        self.voter = Voter(settings)
        self.wake, self.ending = threading.Event(), threading.Event()
        self.watcher = Watcher(
            settings.sync_standbys, self._followed, lambda: self.actions.status().streaming, self._unwell
        )
        self.names = Names(settings.peers, lambda: None, Hosts(settings.hosts_file))
        self.peers = Peers(settings, self.watcher.heard, self.wake.set)
        self.phases = Phases()
        self.actions = Actions(
            settings, self.voter, self.phases, self.volume, self.server, self.watcher, self.heart.beat
        )
        self.house = House(settings, self.volume, self.server)
        self.campaign = Campaign(settings, self.voter, self.actions, self.peers, self.phases)
        self.courtesy = Courtesy()
        self.ballots = Ballots(settings, self.voter, self.actions, self.peers)
        self.handoff = Handoff(settings, self.voter, self.actions, self.server, self.volume, self.peers)
        once = Once()
        joining = Joining(settings, self.voter, self.actions, once)
        self._stopped, self._reign = Stopped(self, joining, once), Reign(self)
        self._standby = Standby(self, joining, once)
        self._watchdog = Watchdog(Patience.of(settings.timing.profile).silent_s, self._ward)
        self._reaper = Reaper()

    def run(self) -> int:
        """Serve until SIGTERM; returns the exit code."""
        self._watchdog.start()
        config.render(self.settings)
        serve(self.settings.agent_port, routes(self), others=[p.host for p in self.settings.peers])
        self.actions.sampler.start()
        self._take_lock()
        self.volume.restore_aside()
        self.voter.recall(empty=self.volume.empty)
        self.actions.prober.start()
        self.names.start()
        self.peers.start()
        self.house.start(self.status)
        while not self.ending.is_set():
            self._round()
        self._leave()
        return 0

    def status(self) -> NodeStatus:
        """What this node says about itself now."""
        voter, sampled = self.voter, self.actions.status()
        leads = voter.leads if self.actions.primary else None
        if leads is not None and sampled.role != "primary":
            # Slow is not dead: whether it still confirms is what others judge it by.
            sampled = replace(sampled, role="primary", note="PostgreSQL runs as primary and answers slowly")
        return replace(
            sampled,
            memory=voter.memory,
            leads=leads,
            following=voter.following,
            whole=self.volume.whole,
            confirming=self.actions.prober.confirming,
            handing_over=voter.handing_over,
            assured=self.watcher.assured,
        )

    def end(self, told: signal.Signals) -> None:
        """SIGTERM: leave the loop; a primary hands over first."""
        log.info("signal %s: stopping", told.name)
        self.ending.set()
        self.wake.set()

    def _round(self) -> None:
        self.heart.beat()
        self.wake.clear()
        try:
            self._tick()
        except (CommandFailed, psycopg2.Error, RuntimeError, OSError) as error:
            log.error("tick failed, tried again: %s", str(error).strip())
        self._reaper.scan(self.server.pids | self.house.pids | self._watchdog.pids)
        self.wake.wait(TICK_S)

    def _tick(self) -> None:
        if not self.server.running:
            return self._stopped.tick()
        self._stopped.runs()
        self.campaign.tidy()
        answers = self.peers.ask()
        return self._reign.tick(answers) if self.actions.primary else self._standby.tick(answers)

    def _leave(self) -> None:
        """The end of the pod: a primary first hands over, and goes on voting until somebody else leads."""
        self.house.stop()
        if self.actions.primary:
            handing = threading.Thread(target=self._hand_over, name="handoff", daemon=True)
            handing.start()
            deadline = time.monotonic() + LEAVE_WITHIN_S
            while handing.is_alive() or (time.monotonic() < deadline and not self._is_led_elsewhere()):
                self._round()
        with self.voter.alone():
            self.actions.stop("the pod is ending")

    def _hand_over(self) -> None:
        try:
            log.info("leaving: %s", self.handoff.run().why)
        except (CommandFailed, OSError) as error:
            log.error("the handoff failed: %s", error)

    def _is_led_elsewhere(self) -> bool:
        return any(answer and answer.leads is not None for answer in self.peers.ask().values())

    def _ward(self) -> int:
        """The postmaster that is to end should this agent hang."""
        return next(iter(self.server.pids), NOBODY) if self.actions.primary else NOBODY

    def _unwell(self) -> None:
        self.phases.notice()
        self.wake.set()

    def _followed(self) -> tuple[Member, Epoch] | None:
        """Whom to keep an eye on: the owner of the epoch that the upstream was set for."""
        epoch = self.voter.following
        if epoch is None:
            return None
        return self.settings.member_at(epoch.owner(len(self.settings.members))), epoch

    def _take_lock(self) -> None:
        while not self.ending.is_set():
            self.heart.beat()
            try:
                return self.volume.lock()
            except VolumeBusy as error:
                self.actions.sampler.idle("stopped", str(error))
                log.warning("%s; waiting for it to end", error)
                self.ending.wait(BUSY_RETRY_S)


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
    when_told_to_end(agent.end)
    return agent.run()
