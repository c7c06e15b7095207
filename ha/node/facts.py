"""What one node knows about itself and tells the others: small value objects, JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ha.vote.course import Peer
from ha.vote.epoch import NEVER, Epoch
from ha.vote.epoch import Position as VotePosition
from ha.vote.lineage import position
from ha.vote.record import Lost, Memory, Record, memory_from_json, memory_to_json

__all__ = ["ROLES", "NodeStatus", "Position", "Replica", "as_peer", "parse_lsn", "show_lsn"]

ROLES = ("empty", "starting", "stopped", "standby", "primary")


def parse_lsn(text: str | None) -> int:
    """PostgreSQL's X/Y notation as bytes; None (nothing received yet) is 0."""
    if not text:
        return 0
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def show_lsn(lsn: int) -> str:
    """Bytes as PostgreSQL's X/Y notation."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


class Position(NamedTuple):
    """Where a node stands in PostgreSQL's own words, for people and logs; the vote compares epochs instead."""

    timeline: int
    lsn: int

    def __str__(self) -> str:
        return f"{self.timeline}@{show_lsn(self.lsn)}"


@dataclass(frozen=True)
class Replica:
    """A standby as its primary sees it; lag in bytes of WAL not yet replayed there."""

    name: str
    state: str
    sync_state: str
    lag_bytes: int


UNREAD = Lost("the agent has just started")


@dataclass(frozen=True)
class NodeStatus:
    """One node's own account of itself.

    role: `empty` (no data), `starting` (data, PostgreSQL not answering yet), `stopped`, `standby`, `primary`.
    settled: all local WAL is replayed and no clone or rewind is unfinished, so `lsn` may be compared. received: up to
    which LSN a standby has received since it was started.
    streaming: a walreceiver is connected; while it is, this node may acknowledge for its upstream.
    memory: the node's record of the vote. leads, following: the epoch it is primary of, or was told to receive
    from; None for neither. assured: the epoch of the primary that said within the last second that its standbys
    confirm. whole: no clone or rewind is unfinished. confirming: standbys that confirmed this primary's latest
    probe within the last second. handing_over: it was primary and asks another to stand.
    """

    name: str
    role: str
    timeline: int = 0
    lsn: int = 0
    settled: bool = False
    received: int = 0
    streaming: bool = False
    receiving_from: str | None = None
    sync_state: str | None = None
    lag_bytes: int | None = None
    system_id: str | None = None
    note: str = ""
    memory: Memory = UNREAD
    leads: Epoch | None = None
    following: Epoch | None = None
    whole: bool = True
    confirming: int = 0
    handing_over: bool = False
    assured: Epoch | None = None
    replicas: tuple[Replica, ...] = field(default=())

    @property
    def position(self) -> Position:
        """What this node holds, comparable with other settled nodes."""
        return Position(self.timeline, self.lsn)

    @property
    def in_recovery(self) -> bool:
        """Whether PostgreSQL runs as a standby."""
        return self.role == "standby"

    def to_json(self) -> dict[str, Any]:
        """The body of GET /status."""
        # Four times a second for every peer: asdict would copy each value deeply first.
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told["replicas"] = [vars(replica) for replica in self.replicas]
        told |= {"memory": memory_to_json(self.memory), "lsn": show_lsn(self.lsn)}
        return {**told, "in_recovery": self.in_recovery}

    @classmethod
    def from_json(cls, raw: Any) -> NodeStatus:
        """Read a peer's /status; raises ValueError when it is not one."""
        try:
            if raw["role"] not in ROLES:
                raise ValueError(f"unknown role {raw['role']!r}")
            known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
            known["lsn"] = parse_lsn(raw["lsn"])
            known["memory"] = memory_from_json(raw["memory"])
            for name in ("leads", "following", "assured"):
                known[name] = None if raw[name] is None else Epoch(raw[name])
            known["replicas"] = tuple(Replica(**replica) for replica in raw.get("replicas", ()))
            return cls(**known)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a node status: {error}") from error


def as_peer(status: NodeStatus, ordinal: int) -> Peer:
    """What the vote wants to know of another member that has just described itself."""
    memory, where = status.memory, VotePosition(NEVER, 0)
    replayed = status.role == "standby" and status.settled
    if replayed and isinstance(memory, Record):
        where = position(memory, status.lsn)
    return Peer(
        ordinal,
        status.memory,
        leads=status.leads if status.role == "primary" else None,
        position=where,
        whole=status.whole,
        replayed=replayed,
        receiving=status.streaming,
    )
