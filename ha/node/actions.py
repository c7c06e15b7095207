"""Carrying out what was decided; nothing here decides anything. Whoever calls holds the vote's lock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing

import psycopg2

from ha.node import catalog, config, provision, repmgr
from ha.node.admission import Admission
from ha.node.confirm import Prober
from ha.node.courtesy import COURTESY_S
from ha.node.detach import let_go, receivers
from ha.node.facts import NodeStatus
from ha.node.phases import Phases
from ha.node.sampler import Sampler
from ha.node.server import Server
from ha.node.start import Bootstrap, Resume, StartStandby
from ha.node.volume import Volume
from ha.node.voter import Voter
from ha.node.wake import wake_others
from ha.node.watch import Watcher
from ha.process import CommandFailed
from ha.settings import Member, Settings
from ha.vote.allegiance import adopt
from ha.vote.ballot import Facts
from ha.vote.epoch import Epoch
from ha.vote.life import noted_timeline
from ha.vote.lineage import Way, opens_at_once
from ha.vote.record import GENESIS, Record, Reign

__all__ = ["Actions"]

log = logging.getLogger("ha.actions")
DETACH_S = 0.45
"""Less than a candidate waits for one answer."""
REPLAY_S = 1.0
"""For what a stopped primary has sent before it ended: its last records."""
POLL_S = 0.02


class Actions:
    """The only code that changes PostgreSQL, its data or its configuration on this node."""

    def __init__(
        self,
        settings: Settings,
        voter: Voter,
        phases: Phases,
        volume: Volume,
        server: Server,
        watcher: Watcher,
        beat: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._voter = voter
        self._phases = phases
        self._volume = volume
        self._server = server
        self.beat = beat
        self.sampler = Sampler(server, settings.me)
        self.prober = Prober(
            server,
            [m.name for m in settings.members],
            lambda: self.primary and voter.leads is not None,
            settings.failpoints,
        )
        self.admission = Admission(settings, server)
        self._watcher = watcher
        self._as_primary = False
        self._detached = True
        self._resuming = False
        self._led_at = float("-inf")

    @property
    def primary(self) -> bool:
        """Whether PostgreSQL runs here as a primary, whatever anybody thinks of it."""
        return self._as_primary and self._server.running

    @property
    def standby(self) -> bool:
        """Whether PostgreSQL runs here and was not started or promoted as a primary."""
        return self._server.running and not self._as_primary

    @property
    def resuming(self) -> bool:
        """Whether it was started to go on as primary and is not promoted yet."""
        return self._resuming and self._server.running

    def facts(self) -> Facts:
        """What the vote must know of this node, looked at now and not a moment ago."""
        if not self._server.running:
            return Facts(whole=self._volume.whole, replayed=False)
        now = self.sampler.look()
        return Facts(
            primary=self._as_primary,
            whole=self._volume.whole and not self._usurps(now),
            receiving=self._voter.following is not None or not self._detached or bool(receivers()),
            following=self._voter.following,
            replayed=now is not None and now.settled,
            lsn=now.lsn if now else 0,
            confirming=self.prober.confirmed_lately,
            assured=self._watcher.assured,
            settling=time.monotonic() - self._led_at < COURTESY_S,
        )

    def _usurps(self, seen: NodeStatus | None) -> bool:
        """PostgreSQL takes writes here and no vote has made it primary: somebody has promoted it by hand."""
        return seen is not None and seen.role == "primary" and not self._as_primary

    def dethrone(self) -> bool:
        """Stop what was promoted without a vote. It may have written what nobody else has, so it is cloned anew."""
        if not self._server.running or not self._usurps(self.sampler.look()):
            return False
        why = "PostgreSQL was promoted here by hand, and nobody voted for it"
        log.warning("decision dethrone: %s; immediate stop", why)
        self._volume.note(rewinding=True)
        self.stop(why, immediate=True)
        return True

    def replays(self, checkpoint: int, within_s: float = REPLAY_S) -> bool:
        """Wait until this standby has replayed a record that begins at an LSN, and all else that it has."""
        deadline = time.monotonic() + within_s
        while True:
            now = self.sampler.look()
            if now is not None and now.settled and now.lsn > checkpoint:
                return True
            if time.monotonic() >= deadline:
                return False
            self.beat()
            time.sleep(POLL_S)

    def start(self, decision: Bootstrap | Resume | StartStandby) -> None:
        """From stopped to running."""
        match decision:
            case Bootstrap():
                self.sampler.idle("starting", "initdb")
                self._voter.keep(GENESIS)
                provision.initialise(self._settings, self._volume, self.beat)
                self._start(as_primary=True)
            case Resume(record, promoted):
                self._voter.keep(record)
                self._resuming = not promoted
                self._start(as_primary=promoted)
            case StartStandby(record):
                self._voter.keep(record)
                self._resuming = False
                self._start(as_primary=False)

    def stop(self, note: str, *, immediate: bool = False) -> None:
        """Stop PostgreSQL; clients of its next start wait until it is known whose history it has."""
        self.sampler.idle("stopped", note)
        self._server.stop(immediate=immediate)
        self.ended()

    def ended(self) -> None:
        """PostgreSQL runs no more, by itself or by `stop`."""
        self._as_primary = False
        self._voter.stopped()
        self._watcher.forget()

    def detach(self) -> None:
        """Receive from nobody; `facts().receiving` says whether that is certain already."""
        if self._volume.empty:
            return
        self._voter.following = None
        self._watcher.forget()
        if self.standby:
            if self._detached and not receivers():
                return
            self._detached = False
            self._volume.set_upstream({})
            self._detached = let_go(self._server.reload, DETACH_S)
            self.sampler.renew()

    def connect(self, primary: Member, epoch: Epoch) -> None:
        """Receive from the primary of this epoch, over a slot that exists for it only."""
        self._detached = False
        self._voter.following = epoch
        self._volume.set_upstream(config.upstream(self._settings, primary, epoch))
        # One reload for both: each makes every backend read its configuration again.
        if not self.admission.say(epoch):
            self._server.reload()
        self._watcher.forget()
        self.sampler.renew()

    def fill(self, primary: Member, epoch: Epoch, reigns: tuple[Reign, ...], way: Way) -> None:
        """Bring the data onto a primary's history while PostgreSQL is down. Raises CommandFailed, psycopg2.Error."""
        self.stop(f"{way.name.lower()} onto {primary.name}")
        self.sampler.idle("starting", f"{way.name.lower()} onto {primary.name}")
        if way is not Way.REWIND or not self._rewound(primary):
            provision.clone(self._settings, self._volume, primary, epoch, self.beat)
        memory = self._voter.memory
        assert isinstance(memory, Record)
        self._voter.keep(adopt(memory, reigns))
        self._volume.note(rewinding=False)

    def promote(self, epoch: Epoch) -> None:
        """`leading epoch` is on disk: become primary. Raises CommandFailed and psycopg2.Error.

        Clients are let in at once, or when standbys have confirmed its data (ha/node/reign.py).
        """
        memory = self._voter.memory
        assert isinstance(memory, Record)
        is_open = opens_at_once(memory, self._voter.seat, resuming=self._resuming)
        self._as_primary = True
        self._resuming = False
        try:
            # pgpool's agents may believe it from here on: no older primary can be the newest any more.
            self.admission.say(epoch, is_open=is_open)
            # A standby may have slots, too, and while repmgr starts there is time to make them.
            repmgr.promote(self._settings, self._server, self.beat, lambda: self._make_slots(epoch))
        except CommandFailed:
            self._as_primary = False
            raise
        self._phases.stamp("promoted")
        self.sampler.renew()
        self.crown()

    def _make_slots(self, epoch: Epoch) -> None:
        """Before the promotion; what does not succeed is done after it."""
        try:
            with closing(self._server.connect("repmgr")) as session:
                catalog.ensure_slots(session, self._settings, epoch)
        except psycopg2.Error as error:
            log.warning("no slots before the promotion: %s", str(error).strip())

    def crown(self) -> None:
        """A primary that runs read-write writes its epoch, and only then says that it leads. Raises psycopg2.Error."""
        memory = self._voter.memory
        assert isinstance(memory, Record)
        epoch = memory.leading
        if epoch == GENESIS.leading:
            catalog.ensure_roles(self._server, self._settings)
        with closing(self._server.connect("repmgr")) as session:
            catalog.ensure_slots(session, self._settings, epoch)
            catalog.write_epoch(session, self._settings, epoch)
        now = self.sampler.look()
        if now is None or now.role != "primary":
            raise RuntimeError("PostgreSQL is not primary yet")
        self._voter.keep(noted_timeline(memory, now.timeline))
        self._voter.leads, self._led_at = epoch, time.monotonic()
        self._phases.stamp("led")
        self.admission.say(epoch)
        wake_others(self._settings)
        log.info("decision lead %s on timeline %d", epoch, now.timeline)

    def status(self) -> NodeStatus:
        """The last sample of this node."""
        return self.sampler.status

    def _start(self, *, as_primary: bool) -> None:
        volume, sampler = self._volume, self.sampler
        if as_primary:
            volume.make_primary()
            self.admission.reset({})
        else:
            volume.make_standby()
            self.admission.reset(volume.standby_floor())
        self._voter.stopped()
        sampler.idle("starting", "starting as primary" if as_primary else "replaying what it has")
        self._detached = True
        self._server.start()
        self._as_primary = as_primary
        sampler.renew()

    def _rewound(self, primary: Member) -> bool:
        try:
            provision.rewind(self._settings, self._volume, primary, self.beat)
        except CommandFailed as error:
            log.warning("the rewind failed, so that a clone is made: %s", error)
            return False
        return True
