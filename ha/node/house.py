"""What a healthy node does every few seconds: roles, repmgr's metadata, repmgrd; nothing that a failover waits for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ha.node import catalog, repmgr
from ha.node.facts import NodeStatus
from ha.node.repmgr import Repmgrd
from ha.node.server import Server
from ha.node.volume import Volume
from ha.settings import Settings
from ha.vote.epoch import Epoch

__all__ = ["House"]

log = logging.getLogger("ha.house")
EVERY_S = 2.0


class House:
    """One visit at a time, from the agent's loop; without the vote's lock, as it changes nothing a vote looks at."""

    def __init__(self, settings: Settings, volume: Volume, server: Server, beat: Callable[[], None]) -> None:
        self._settings = settings
        self._volume = volume
        self._server = server
        self._beat = beat
        self._repmgrd = Repmgrd(settings, beat)
        self._visited = 0.0
        self._refreshed: Epoch | None = None

    @property
    def pids(self) -> set[int]:
        """repmgrd's pid, which the reaper must leave alone."""
        return self._repmgrd.pids

    @property
    def repmgrd(self) -> bool:
        """Whether repmgrd runs."""
        return self._repmgrd.running

    def keep(self, me: NodeStatus) -> None:
        """Visit, if it is time. Raises CommandFailed and psycopg2.Error; the next visit tries again."""
        if time.monotonic() - self._visited < EVERY_S:
            return
        self._visited = time.monotonic()
        if me.role == "primary" and me.leads is not None:
            if self._refreshed != me.leads:
                catalog.ensure_roles(self._server, self._settings)
                self._refreshed = me.leads
        elif me.role == "standby" and me.streaming:
            self._volume.drop_aside()
        else:
            return
        if not repmgr.is_registered(self._server, self._settings, me):
            repmgr.register(self._settings, me, self._beat)
        self._repmgrd.keep()

    def stop(self) -> None:
        """End repmgrd: it would take a stop of PostgreSQL for a failure."""
        self._repmgrd.stop()
