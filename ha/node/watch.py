"""A standby keeps an eye on the primary it follows: it is assured, or there is a reason to stand.

Four times a second its agent tells what it leads and how many standbys confirm. That is what
makes this node refuse votes (design.md, rule 6), and its silence, or its word that its PostgreSQL is dead, is what
makes this node stand long before repmgrd has noticed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ha.node.confirm import FRESH_S
from ha.node.facts import NodeStatus
from ha.node.peers import Gone
from ha.settings import Member
from ha.vote.epoch import Epoch

__all__ = ["Sight", "Watcher", "What", "sight_of"]

log = logging.getLogger("ha.watch")


class What(Enum):
    """What a look at the followed primary showed."""

    WELL = "it leads and its standbys confirm"
    ALONE = "it leads, and too few standbys confirm"
    DOWN = "its agent says that PostgreSQL does not lead any more"
    LEAVING = "it hands over, to whom it thinks best"
    GONE = "nobody listens there"
    SILENT = "it does not answer"
    NOBODY = "this node follows nobody"


@dataclass(frozen=True)
class Sight:
    """What was seen last, and for how long nothing better was: seconds since the last WELL."""

    what: What
    unwell_s: float


def sight_of(answer: NodeStatus | Gone | None, followed: Epoch, sync_standbys: int) -> What:
    """Judge one answer; None is silence."""
    if answer is None:
        return What.SILENT
    if isinstance(answer, Gone):
        return What.GONE
    if answer.handing_over:
        return What.LEAVING
    if answer.role != "primary" or answer.leads != followed:
        return What.DOWN
    return What.WELL if answer.confirming >= sync_standbys else What.ALONE


class Watcher:
    """What was seen last of whom this node follows. `notice` is called when a sight is worse than the one before."""

    def __init__(
        self,
        sync_standbys: int,
        whom: Callable[[], tuple[Member, Epoch] | None],
        receives: Callable[[], bool],
        notice: Callable[[], None],
    ) -> None:
        self._sync_standbys = sync_standbys
        self._whom = whom
        self._receives = receives
        self._notice = notice
        self._what = What.NOBODY
        self._well_at = time.monotonic()
        self._assured: tuple[Epoch, float] | None = None

    @property
    def sight(self) -> Sight:
        """What was seen last."""
        return Sight(self._what, time.monotonic() - self._well_at)

    @property
    def assured(self) -> Epoch | None:
        """The epoch of the primary that said within the last second that its standbys confirm."""
        epoch, at = self._assured or (None, 0.0)
        return epoch if time.monotonic() - at <= FRESH_S and self._receives() else None

    def forget(self) -> None:
        """The upstream has changed: what was said before is about somebody else."""
        self._assured, self._what, self._well_at = None, What.NOBODY, time.monotonic()

    def heard(self, member: Member, answer: NodeStatus | Gone | None, at: float) -> None:
        """Take in what one member answered, or did not, to a question of the monotonic second `at`."""
        followed = self._whom()
        if followed is None or followed[0] != member:
            return
        what = sight_of(answer, followed[1], self._sync_standbys)
        if what is What.WELL:
            self._assured, self._well_at = (followed[1], at), at
        elif what in (What.DOWN, What.LEAVING, What.GONE):
            self._assured = None
        worse = what is not self._what and what is not What.WELL
        self._what = what
        if worse:
            log.info("decision notice: %s, which leads %s: %s", member.name, followed[1], what.value)
            self._notice()
