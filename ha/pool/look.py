"""One look at everything a round decides from: pgpool's view, the servers' answers, and what changed since."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ha.hosts import Hosts
from ha.names import Names
from ha.pool.facts import Backend, Facts, view_primary
from ha.pool.pcp import Pcp, PcpError
from ha.pool.stuck import Stuck
from ha.pool.truth import Probe, Truth
from ha.process import Heartbeat
from ha.settings import Settings

__all__ = ["Look", "Memory", "recall"]

log = logging.getLogger("ha.pool")

View = tuple[Backend, ...] | None
SEARCH_EXTRA_S = 2.0
"""A search ends up to one step late, and its last step may wait a second for a silent server."""


@dataclass(frozen=True)
class Memory:
    """What earlier views told: since when pgpool has no primary, and where each backend was when attached."""

    leaderless_since: float | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)


def recall(memory: Memory, view: View, now_at: Mapping[str, str], now: float) -> Memory:
    """The memory after this view; no view changes nothing. now_at: the addresses as they are, where known."""
    if view is None:
        return memory
    used = [b.name for b in view if b.attached]
    known = {name: memory.addresses.get(name) or now_at.get(name, "") for name in used}
    since = None if view_primary(view) else memory.leaderless_since
    if since is None and not view_primary(view):
        since = now
    return Memory(since, {name: address for name, address in known.items() if address})


class Look:
    """Everything that is asked in a round. `facts` is called by one thread."""

    def __init__(self, settings: Settings, run: Path, heart: Heartbeat, changed: Callable[[], None]) -> None:
        self._members = settings.members
        self._search_s = settings.pgpool.search_primary_timeout_s + SEARCH_EXTRA_S
        self.pcp = Pcp(settings, run / "pcppass", heart)
        self.probe = Probe(settings)
        self._names = Names(settings.members, changed, Hosts(settings.hosts_file))
        self._truth = Truth(settings, self._names)
        self._stuck = Stuck(settings.port)
        self._memory = Memory()
        self._had_view = False

    def start(self) -> Facts:
        """Look names up and ask the servers, before pgpool runs."""
        self._names.start()
        return Facts(None, self._truth.look())

    def stop(self) -> None:
        """Be not ready and ask nobody any more."""
        self.probe.stop()
        self._names.stop()
        self._truth.close()

    def forget(self) -> None:
        """A new pgpool begins: it knows neither the old addresses nor how long it has been searching."""
        self._memory = Memory()

    def facts(self, held: tuple[str, ...], children: list[int]) -> Facts:
        """One round of questions. held: whom the health check may not detach now. children: pgpool's."""
        # The view first: truth may be newer than the view, never older, or a promotion between the two
        # would make the new primary look like the stale one.
        view = self._view()
        now, now_at = time.monotonic(), {m.name: self._names.of(m.name).address for m in self._members}
        self._memory = recall(self._memory, view, now_at, now)
        since, addresses = self._memory.leaderless_since, self._memory.addresses
        return Facts(
            view,
            self._truth.look(),
            self.probe.silent_s,
            searching=since is None or now - since < self._search_s,
            doubt=self._names.doubt,
            held=held,
            moved=tuple(n for n, old in addresses.items() if now_at[n] and now_at[n] != old),
            stuck=self._stuck.look(children, now),
        )

    def _view(self) -> View:
        try:
            view = self.pcp.view()
        except PcpError as error:
            if self._had_view:
                log.warning("no view: %s", error)
            self._had_view = False
            return None
        self._had_view = True
        return view
