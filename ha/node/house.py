"""What a healthy node does every few seconds: roles, repmgr's metadata, repmgrd; nothing that a failover waits for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg2

from ha.node import catalog, repmgr
from ha.node.facts import NodeStatus
from ha.node.repmgr import Repmgrd
from ha.node.server import Server
from ha.node.volume import Volume
from ha.process import CommandFailed
from ha.settings import Settings
from ha.vote.epoch import Epoch

__all__ = ["House"]

log = logging.getLogger("ha.house")
EVERY_S = 5.0


class House:
    """A thread of its own, without the vote's lock: it changes nothing a vote looks at, and may wait for the dead."""

    def __init__(self, settings: Settings, volume: Volume, server: Server) -> None:
        self._settings = settings
        self._volume = volume
        self._server = server
        self._repmgrd = Repmgrd(settings)
        self._ending = threading.Event()
        self._refreshed: Epoch | None = None

    @property
    def pids(self) -> set[int]:
        """repmgrd's pid, which the reaper must leave alone."""
        return self._repmgrd.pids

    def start(self, status: Callable[[], NodeStatus]) -> None:
        """Begin visiting."""
        threading.Thread(target=self._loop, args=(status,), name="house", daemon=True).start()

    def stop(self) -> None:
        """End repmgrd, for good: it would take the end of the pod for a failure."""
        self._ending.set()
        self._repmgrd.stop()

    def _loop(self, status: Callable[[], NodeStatus]) -> None:
        while not self._ending.wait(EVERY_S):
            try:
                self._visit(status())
            except (CommandFailed, psycopg2.Error, OSError) as error:
                log.warning("the house is kept again in %g s: %s", EVERY_S, str(error).strip())

    def _visit(self, me: NodeStatus) -> None:
        if me.role == "primary" and me.leads is not None:
            if self._refreshed != me.leads:
                catalog.ensure_roles(self._server, self._settings)
                self._refreshed = me.leads
        elif me.role == "standby" and me.streaming:
            self._volume.drop_aside()
        else:
            return
        if not repmgr.is_registered(self._server, self._settings, me):
            repmgr.register(self._settings, me)
        if not self._ending.is_set():
            self._repmgrd.keep()
