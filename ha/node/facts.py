"""What one node knows about itself and tells the others: small value objects, JSON both ways."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

__all__ = ["NodeStatus", "Position", "Replica", "parse_lsn", "show_lsn"]

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
    """How much history a node holds; ordered.

    The agents' issue replaces the timeline by the epoch of the writing primary: two winners from one
    parent both create the same timeline number (design.md, rule 3).
    """

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


@dataclass(frozen=True)
class NodeStatus:
    """One node's own account of itself.

    role: `empty` (no data), `starting` (data, PostgreSQL not answering yet), `stopped`, `standby`, `primary`.
    settled: all local WAL is replayed and no clone or rewind is unfinished, so `lsn` may be compared.
    streaming: a walreceiver is connected; while it is, this node may acknowledge for its upstream.
    """

    name: str
    role: str
    timeline: int = 0
    lsn: int = 0
    settled: bool = False
    streaming: bool = False
    receiving_from: str | None = None
    sync_state: str | None = None
    lag_bytes: int | None = None
    system_id: str | None = None
    note: str = ""
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
        return {**asdict(self), "in_recovery": self.in_recovery, "lsn": show_lsn(self.lsn)}

    @classmethod
    def from_json(cls, raw: Any) -> NodeStatus:
        """Read a peer's /status; raises ValueError when it is not one."""
        try:
            if raw["role"] not in ROLES:
                raise ValueError(f"unknown role {raw['role']!r}")
            known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
            known["lsn"] = parse_lsn(raw["lsn"])
            known["replicas"] = tuple(Replica(**replica) for replica in raw.get("replicas", ()))
            return cls(**known)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a node status: {error}") from error
