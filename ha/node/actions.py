"""Carrying out what was decided, one at a time under one lock; nothing here decides anything."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from ha.node import config, provision, repmgr
from ha.node.facts import NodeStatus
from ha.node.gate import Verdict, judge
from ha.node.repmgr import Repmgrd
from ha.node.sampler import Sampler
from ha.node.server import Server
from ha.node.start import Bootstrap, Clone, Rewind, Start, StartPrimary, Stream
from ha.node.tend import Action, Demote, Follow, Promote, Resync, has_diverged
from ha.node.volume import Volume
from ha.settings import Settings

__all__ = ["Actions"]

log = logging.getLogger("ha.actions")
HOUSEKEEPING_S = 2.0


class Actions:
    """The only code that changes PostgreSQL, its data or repmgr's metadata on this node."""

    def __init__(
        self,
        settings: Settings,
        volume: Volume,
        server: Server,
        sampler: Sampler,
        repmgrd: Repmgrd,
        beat: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._volume = volume
        self._server = server
        self._sampler = sampler
        self._repmgrd = repmgrd
        self._beat = beat
        self._lock = threading.RLock()
        self._primed = False
        self._kept = 0.0

    def start(self, decision: Start) -> None:
        """From stopped to running (or to data that the next tick starts)."""
        with self._lock:
            self._primed = False
            config.render(self._settings)
            match decision:
                case Bootstrap():
                    self._sampler.idle("starting", "initdb")
                    provision.initialise(self._settings, self._volume, self._beat)
                    self._start_primary()
                case StartPrimary():
                    self._start_primary()
                case Clone(source, why):
                    self._sampler.idle("starting", f"cloning from {source}: {why}")
                    provision.clone(self._settings, self._volume, self._settings.member(source), self._beat)
                    self._start_standby(source)
                case Rewind(source):
                    self._resync(source)
                    self._start_standby(source)
                case Stream(upstream):
                    self._start_standby(upstream)

    def act(self, action: Action, answers: Mapping[str, NodeStatus | None]) -> None:
        """Carry out a decision about a running node."""
        with self._lock:
            match action:
                case Demote(newer):
                    log.warning("deposed: %s is the newer primary; immediate stop", newer)
                    self.stop("deposed", immediate=True)
                case Follow(primary):
                    self.follow(primary)
                case Resync(primary):
                    self._check_divergence(primary, answers)
                case Promote():
                    self.promote(answers)

    def promote(self, answers: Mapping[str, NodeStatus | None]) -> Verdict:
        """Pass the gate again under the lock, then promote by repmgr; repmgrd's promote_command ends here too."""
        with self._lock:
            me = self._sampler.status
            if me.role == "primary":
                return Verdict(True, f"{me.name} is primary already")
            failpoints = self._settings.failpoints
            verdict = judge(me, answers, self._settings.sync_standbys, failpoints)
            log.info("promotion gate: %s", verdict)
            if not verdict.allowed:
                return verdict
            failpoints.hold("hold-before-promote", self._beat)
            repmgr.promote(self._settings, self._beat)
            self._sampler.renew()
            self._prime()
            return Verdict(True, "promoted")

    def follow(self, primary: str | None) -> None:
        """Receive from `primary` or from nobody, which takes effect by a reload. Raises KeyError for a stranger."""
        with self._lock:
            if self._server.running and self._sampler.status.role != "primary":
                self._volume.set_upstream(self._upstream(primary))
                self._server.reload()
                self._sampler.idle("starting", f"following {primary or 'nobody'}", primary)
                self._sampler.renew()

    def keep_house(self, me: NodeStatus) -> None:
        """What a healthy node does every few seconds: roles, slots, metadata, repmgrd."""
        if time.monotonic() - self._kept < HOUSEKEEPING_S:
            return
        with self._lock:
            self._kept = time.monotonic()
            if me.role == "primary":
                self._keep_primary(me)
            elif me.role == "standby" and me.streaming:
                self._keep_standby(me)
            else:
                return
            if not repmgr.is_registered(self._server, self._settings, me):
                repmgr.register(self._settings, me, self._beat)
            self._repmgrd.keep()

    def stop(self, note: str, *, immediate: bool = False) -> None:
        """Stop repmgrd, then PostgreSQL."""
        with self._lock:
            self._sampler.idle("stopped", note)
            self._repmgrd.stop()
            self._server.stop(immediate=immediate)

    def shut_down(self) -> None:
        """The end of the pod. The agents' issue runs the planned handoff here when this node is primary."""
        self.stop("the pod is ending")

    def _start_primary(self) -> None:
        self._volume.make_primary()
        self._sampler.idle("starting", "starting as the only copy of a new cluster")
        self._server.start()

    def _start_standby(self, upstream: str | None) -> None:
        self._volume.make_standby(self._upstream(upstream))
        config.render(self._settings, self._volume.standby_floor())
        self._sampler.idle("starting", f"starting as a standby of {upstream or 'nobody'}", upstream)
        self._server.start()

    def _upstream(self, primary: str | None) -> Mapping[str, str]:
        return config.upstream(self._settings, self._settings.member(primary)) if primary else {}

    def _resync(self, source: str) -> None:
        self._sampler.idle("starting", f"rewinding onto {source}")
        provision.rewind_or_clone(self._settings, self._volume, self._settings.member(source), self._beat)

    def _check_divergence(self, primary: str, answers: Mapping[str, NodeStatus | None]) -> None:
        leader = answers[primary]
        me = self._sampler.status
        if leader is None or me.role != "standby":
            return
        history = provision.read_history(self._settings, self._settings.member(primary), leader.timeline)
        if not has_diverged(me, leader, history):
            log.info("not streaming from %s, and not diverged either: %s against %s", primary, me, leader)
            return
        log.warning("diverged from %s: %s against %s %s", primary, me.position, leader.position, history)
        self.stop("diverged")
        self._resync(primary)
        self._start_standby(primary)

    def _keep_primary(self, me: NodeStatus) -> None:
        if not self._primed:
            self._prime()
        if me.replicas and self._volume.record.fresh:
            self._volume.note(fresh=False)

    def _keep_standby(self, me: NodeStatus) -> None:
        self._primed = False
        self._volume.drop_aside()
        provision.drop_used_slots(self._server)
        provision.ensure_slots(self._server, self._settings)

    def _prime(self) -> None:
        """What a node does once as a new primary: slots first, as the standbys are already asking."""
        provision.ensure_slots(self._server, self._settings)
        provision.ensure_roles(self._server, self._settings)
        # A rewind from here reads the control file: it must already show the new timeline.
        self._server.query("CHECKPOINT")
        self._primed = True
