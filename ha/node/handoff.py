"""Planned handoff (design.md, rule 14): drain, rollout and `ha switchover` take this one path, without ssh.

A calm moment, checkpoint, fast stop (everything is sent to the standbys), then ask the standby that holds the shutdown
checkpoint to stand. What follows is an ordinary vote: this node, stopped, is one of the voters; a wish that comes late,
or beside an unplanned failover, finds nobody who heeds it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing

import psycopg2

from ha.node.actions import Actions
from ha.node.calm import await_calm
from ha.node.campaign import Outcome
from ha.node.facts import NodeStatus, Replica
from ha.node.peers import Peers
from ha.node.server import Server
from ha.node.volume import Volume
from ha.node.voter import Voter
from ha.settings import Settings
from ha.vote.epoch import NEVER, Epoch
from ha.vote.record import Record

__all__ = ["Handoff", "heirs", "holders", "successor", "underway"]

log = logging.getLogger("ha.handoff")
STAND_S = 6.0
"""One wish: the target's vote (2 s at most) and its promotion."""
TRY_FOR_S = 8.0
"""Then any node stands (rule 14)."""
LOOK_AGAIN_S = 0.1


def heirs(replicas: Iterable[Replica], wanted: str | None) -> list[str]:
    """Who streams, the least behind first. A fast stop waits until each of them has flushed all of it."""
    by_lag = sorted(replicas, key=lambda replica: replica.lag_bytes)
    return [r.name for r in by_lag if r.state == "streaming" and wanted in (None, r.name)]


def holders(
    answers: Iterable[NodeStatus | None], epoch: Epoch, checkpoint: int, wanted: str | None
) -> list[str]:
    """Who holds the shutdown checkpoint of the primary of `epoch`, whose record begins at LSN `checkpoint`."""
    return sorted(
        answer.name
        for answer in answers
        if answer is not None
        and answer.role == "standby"
        and answer.whole
        and isinstance(answer.memory, Record)
        and answer.memory.floor == epoch
        and answer.lsn > checkpoint
        and wanted in (None, answer.name)
    )


def successor(answers: Iterable[NodeStatus | None], epoch: Epoch) -> Outcome | None:
    """Who leads a newer epoch than this one, if anybody does."""
    for answer in answers:
        if answer is not None and answer.leads is not None and answer.leads > epoch:
            return Outcome(answer.leads, f"{answer.name} leads {answer.leads}")
    return None


def underway(answers: Iterable[NodeStatus | None], epoch: Epoch) -> bool:
    """Whether somebody stands, or has won and is being promoted, although it did not answer in time.

    Another wish now would undo its votes (seen on a busy machine: two winners in a row, 24 s without a primary).
    """
    return any(
        max(answer.memory.asking or NEVER, answer.memory.leading or NEVER) > epoch
        for answer in answers
        if answer is not None and isinstance(answer.memory, Record)
    )


class Handoff:
    """Gives the role of this primary to another node."""

    def __init__(
        self, settings: Settings, voter: Voter, actions: Actions, server: Server, volume: Volume, peers: Peers
    ) -> None:
        self._settings = settings
        self._voter = voter
        self._actions = actions
        self._server = server
        self._volume = volume
        self._peers = peers

    def run(self, wanted: str | None = None) -> Outcome:
        """Hand over to `wanted`, or to whoever is best; the agent's loop goes on meanwhile and starts this node again.

        Raises CommandFailed when the stopped data cannot be read.
        """
        if wanted is not None and wanted not in {peer.name for peer in self._settings.peers}:
            names = ", ".join(peer.name for peer in self._settings.peers)
            return Outcome(None, f"{wanted!r} is not another member; choose one of {names}")
        if why := self._cannot(wanted):
            return Outcome(None, why)
        self._await_calm()
        self._checkpoint()
        try:
            with self._voter.alone():
                epoch = self._voter.leads
                if epoch is None or not self._actions.primary:
                    return Outcome(None, "this node is not primary any more")
                self._voter.handing_over = True
                log.info("decision hand over %s to %s", epoch, wanted or "whoever holds all of it")
                able = heirs(self._actions.status().replicas, wanted)
                self._actions.stop("it hands over")
            # Without the lock: where a standby is lost, this node's own vote is needed.
            return self._ask(epoch, wanted, able)
        finally:
            self._voter.handing_over = False

    def _cannot(self, wanted: str | None) -> str | None:
        """Why nothing is to be stopped at all."""
        if self._voter.leads is None or not self._actions.primary:
            return "this node is not primary"
        streaming = [r.name for r in self._actions.status().replicas if r.state == "streaming"]
        if wanted is not None and wanted not in streaming:
            return f"{wanted} does not stream from this node, so that it could not take over at once"
        return None if streaming else "no standby streams from this node"

    def _await_calm(self) -> None:
        """A handoff goes on without it."""
        try:
            shares = await_calm()
        except (OSError, ValueError) as error:
            log.warning("no look at the cores before the handoff: %s", error)
        else:
            log.info("the cores were %s busy before the handoff", " ".join(f"{each:.0%}" for each in shares))

    def _checkpoint(self) -> None:
        """The stop's own checkpoint then has little left to write. A handoff goes on without it."""
        try:
            with closing(self._server.connect()) as connection, connection.cursor() as cursor:
                cursor.execute("CHECKPOINT")
        except psycopg2.Error as error:
            log.warning("no checkpoint before the handoff: %s", str(error).strip())

    def _ask(self, epoch: Epoch, wanted: str | None, able: list[str]) -> Outcome:
        """The first wish waits for nobody's answer: the heir itself looks whether it holds the checkpoint."""
        checkpoint, asked = self._volume.checkpoint(), Counter[str]()
        deadline, why = time.monotonic() + TRY_FOR_S, "nobody holds the shutdown checkpoint"
        while time.monotonic() < deadline:
            self._actions.beat()
            answers = self._peers.ask()
            # Also whoever was asked and answered too late: another wish would only undo its votes.
            if found := successor(answers.values(), epoch):
                return found
            names = able[:1] or holders(answers.values(), epoch, checkpoint, wanted)
            able = []
            if names and not underway(answers.values(), epoch):
                name = min(names, key=lambda each: asked[each])
                asked[name] += 1
                order = {"handoff": epoch, "checkpoint": checkpoint}
                wish = self._peers.post(self._settings.member(name), "stand", order, STAND_S)
                told = wish.result()
                if isinstance(told, dict) and told.get("led") is not None:
                    return Outcome(Epoch(told["led"]), f"{name} leads {told['led']}")
                why = f"{name}: {told.get('why') if isinstance(told, dict) else 'no answer'}"
                log.warning("handoff refused by %s", why)
            time.sleep(LOOK_AGAIN_S)
        return Outcome(None, f"the handoff failed, so any node stands: {why}")
