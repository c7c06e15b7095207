"""Where the time of a failover went: when the new primary noticed, stood, won, was promoted, led and was confirmed."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from itertools import pairwise

from ha.vote.epoch import Epoch

__all__ = ["PHASES", "Phases", "durations"]

log = logging.getLogger("ha.phases")
PHASES = ("noticed", "stood", "won", "promoted", "led", "confirmed")
"""In order. noticed: the followed primary was first seen unwell; stood: a candidacy began (the one that won);
won: enough votes; promoted: PostgreSQL takes writes; led: the epoch's row is written; confirmed: k standbys
confirm, so that the first client is acknowledged."""


def durations(stamps: Mapping[str, float]) -> dict[str, float]:
    """Seconds from each phase to the next one that was stamped, and `total` from the first to the last."""
    known = [(name, stamps[name]) for name in PHASES if name in stamps]
    steps = {name: at - before for (_, before), (name, at) in pairwise(known)}
    return {**steps, "total": known[-1][1] - known[0][1]} if steps else {}


class Phases:
    """Stamps of the failover that this node is winning, and what the last one took."""

    def __init__(self) -> None:
        self._stamps: dict[str, float] = {}
        self.last: Mapping[str, float] = {}
        self.epoch: Epoch | None = None

    def notice(self) -> None:
        """A new failover begins, unless one is being gone through already."""
        self._stamps.setdefault("noticed", time.monotonic())

    def stamp(self, phase: str) -> None:
        """The phase begins; a campaign that failed is overwritten by the next. Raises KeyError for a stranger."""
        if phase not in PHASES:
            raise KeyError(phase)
        self._stamps[phase] = time.monotonic()

    def forget(self) -> None:
        """Somebody else leads, or the primary was well after all."""
        self._stamps = {}

    def complete(self, epoch: Epoch) -> None:
        """k standbys confirm: write down where the time went, once for each epoch."""
        if "led" not in self._stamps or "confirmed" in self._stamps:
            return
        self.stamp("confirmed")
        self.last, self.epoch = durations(self._stamps), epoch
        told = {name: round(seconds, 3) for name, seconds in self.last.items()}
        log.info("phases of %s, seconds: %s", epoch, json.dumps(told))
        self.forget()
