"""Keeps the node's own status fresh in a thread of its own, so that a hanging PostgreSQL hangs nobody else."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace

from ha.node.facts import NodeStatus
from ha.node.server import Server
from ha.sql import Silence, Talk

__all__ = ["Sampler"]

log = logging.getLogger("ha.sampler")
PERIOD_S = 0.25
STALE_S = 2.0
"""A status older than this says nothing about the present: PostgreSQL hangs or is paused."""


class Sampler:
    """Asks the local server four times a second over one kept session."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._idle = NodeStatus(name=name, role="starting", note="the agent has just started")
        self._latest = self._idle
        self._taken = 0.0
        self._sampling, self._looking = Talk(renew_s=math.inf), Talk()
        self._one = threading.Lock()

    def start(self) -> None:
        """Begin sampling."""
        threading.Thread(target=self._loop, name="sampler", daemon=True).start()

    def idle(self, role: str, note: str, upstream: str | None = None) -> None:
        """What to say while PostgreSQL does not run or does not answer, and why."""
        self._idle = NodeStatus(name=self._idle.name, role=role, note=note, receiving_from=upstream)

    @property
    def status(self) -> NodeStatus:
        """The freshest truth: the last sample, or the idle status when there is no recent one."""
        if self._server.running and time.monotonic() - self._taken < STALE_S:
            return self._latest
        if self._server.running:
            return replace(self._idle, role="starting", note="PostgreSQL runs and does not answer")
        return self._idle

    def look(self) -> NodeStatus | None:
        """A look of its own, now; None when PostgreSQL does not answer within 2 s.

        In a session of the last seconds, so that a failover, which looks again and again, forks no process for it.
        """
        try:
            with self._one:
                now = self._server.status(self._looking)
        except Silence as silence:
            log.debug("PostgreSQL does not answer: %s", silence)
            return None
        self._latest, self._taken = now, time.monotonic()
        return now

    def renew(self) -> NodeStatus:
        """Forget the last sample: after a start, stop or promotion it describes the past."""
        self._taken = 0.0
        return self.status

    def _loop(self) -> None:
        while True:
            begun = time.monotonic()
            if self._server.running:
                self._sample(begun)
            time.sleep(PERIOD_S)

    def _sample(self, begun: float) -> None:
        try:
            self._latest = self._server.status(self._sampling)
            self._taken = begun
        except Silence as silence:
            log.debug("PostgreSQL does not answer: %s", silence)
