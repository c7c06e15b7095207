"""What a node must never forget (rule 1): one small record, written before the act it licenses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ha.vote.epoch import NEVER, Epoch

__all__ = ["GENESIS", "Lost", "Memory", "Record", "Reign", "memory_from_json", "memory_to_json"]


class Reign(NamedTuple):
    """One stretch of history: everything above LSN `after` was written by the primary of `epoch`.

    timeline: the number PostgreSQL gave it, 0 while it is not known.
    """

    epoch: Epoch
    after: int
    timeline: int = 0


@dataclass(frozen=True)
class Record:
    """One node's durable memory of the vote.

    promise: never lowered; no epoch up to it is granted any more. floor: the highest epoch led or followed.
    holds: granted epochs that may still be led. asking, closed, leading: its own epochs, the one it stands
    with now, the highest it gave up for good and the highest it led. reigns: whose history its data is,
    oldest first (rule 12). forced: the epoch that it led because an operator said so (`ha unlock`).
    """

    promise: Epoch = NEVER
    floor: Epoch = NEVER
    holds: frozenset[Epoch] = frozenset()
    asking: Epoch | None = None
    closed: Epoch = NEVER
    leading: Epoch = NEVER
    reigns: tuple[Reign, ...] = ()
    forced: Epoch = NEVER

    def __post_init__(self) -> None:
        """Raises ValueError for what no sequence of votes can write."""
        if self.promise < self.highest:
            raise ValueError(f"the promise {self.promise} is below {self.highest}, which it has seen")
        if self.asking is not None and (self.asking not in self.holds or self.asking <= self.leading):
            raise ValueError(f"it asks with {self.asking} without holding it, or having led {self.leading}")
        if list(self.reigns) != sorted(self.reigns):
            raise ValueError(f"the reigns {self.reigns} are not in order")

    @property
    def highest(self) -> Epoch:
        """The highest epoch in it."""
        return max(self.promise, self.floor, self.closed, self.leading, self.asking or NEVER, *self.holds)

    @property
    def is_forced(self) -> bool:
        """Whether an operator made it lead its highest epoch, and not all members have come back since."""
        return self.forced != NEVER and self.forced == self.leading

    def without_candidacy(self) -> Record:
        """Its own open epoch, if any, is given up for good (rule 9)."""
        if self.asking is None:
            return self
        return replace(self, asking=None, closed=self.asking, holds=self.holds - {self.asking})

    def to_json(self) -> dict[str, Any]:
        """For the file and for the peers, who read holds and candidacies of one another."""
        return {
            "promise": self.promise,
            "floor": self.floor,
            "holds": sorted(self.holds),
            "asking": self.asking,
            "closed": self.closed,
            "leading": self.leading,
            "reigns": [list(reign) for reign in self.reigns],
            "forced": self.forced,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Record:
        """Raises ValueError when it is not a record, or one that cannot be."""
        try:
            return cls(
                promise=_epoch(raw, "promise"),
                floor=_epoch(raw, "floor"),
                holds=frozenset(Epoch(_whole(epoch)) for epoch in raw["holds"]),
                asking=None if raw["asking"] is None else _epoch(raw, "asking"),
                closed=_epoch(raw, "closed"),
                leading=_epoch(raw, "leading"),
                reigns=tuple(
                    Reign(Epoch(_whole(e)), _whole(after), _whole(tl)) for e, after, tl in raw["reigns"]
                ),
                # Records that are older than `ha unlock` have none.
                forced=_epoch(raw, "forced") if "forced" in raw else NEVER,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a record of the vote: {error}") from error


@dataclass(frozen=True)
class Lost:
    """The record cannot be read: this node neither votes, stands nor follows until it is cloned again.

    blank: there is no record and no data either, as on a volume that was never used.
    """

    why: str
    blank: bool = False


Memory = Record | Lost


def memory_to_json(memory: Memory) -> dict[str, Any]:
    """For the peers, who must tell a lost record from one."""
    return memory.to_json() if isinstance(memory, Record) else {"lost": memory.why, "blank": memory.blank}


def memory_from_json(raw: Any) -> Memory:
    """Raises ValueError when it is neither."""
    if isinstance(raw, dict) and "lost" in raw:
        return Lost(str(raw["lost"]), raw.get("blank") is True)
    return Record.from_json(raw)


GENESIS = Record(promise=Epoch(0), floor=Epoch(0), leading=Epoch(0), reigns=(Reign(Epoch(0), 0, timeline=1),))
"""What ordinal 0 records at the very first initdb, before that PostgreSQL is started."""


def _epoch(raw: Mapping[str, Any], name: str) -> Epoch:
    return Epoch(_whole(raw[name]))


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value
