"""How a node starts, decided from its record, its data and its peers' answers: never read-write on silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ha.node.facts import NodeStatus
from ha.vote.epoch import NEVER, Seat
from ha.vote.life import restart
from ha.vote.record import Lost, Memory, Record

__all__ = ["Bootstrap", "LocalData", "Resume", "Start", "StartStandby", "Wait", "decide_start"]

ELECTION_GRACE_S = 4.0
"""How long a primary whose PostgreSQL died stays down while its peers can elect without it: three times what a
vote and a promotion take. After it, going on in place is what is left."""


@dataclass(frozen=True)
class LocalData:
    """What the volume holds.

    damaged: a rewind was begun and did not end; timeline: the newest it has WAL of.
    """

    present: bool
    damaged: bool = False
    timeline: int = 0
    system_id: str | None = None


@dataclass(frozen=True)
class Wait:
    """Start nothing yet."""

    why: str


@dataclass(frozen=True)
class Bootstrap:
    """The very first start of the cluster: initdb here."""


@dataclass(frozen=True)
class Resume:
    """Go on in place as the primary of the epoch it led (design.md, rule 13)."""

    record: Record
    promoted: bool
    """Whether PostgreSQL was seen to be promoted; else it starts as a standby and is promoted again."""


@dataclass(frozen=True)
class StartStandby:
    """Start without an upstream, replay everything, and vote; whom to follow is decided then."""

    record: Record


Start = Wait | Bootstrap | Resume | StartStandby


def decide_start(
    seat: Seat,
    memory: Memory,
    local: LocalData,
    peers: Mapping[str, NodeStatus | None],
    waited_s: float,
    *,
    yielding: bool = False,
) -> Start:
    """Decide once; asked again every tick while it says Wait.

    waited_s: since this node's PostgreSQL was found not running; yielding: it hands over, and goes on only as a
    standby, when it is needed or the handover is over. A silent peer is None. What an empty or damaged
    volume, or one without its record, is to be filled with is no start: `next_move` decides that.
    """
    answers = [answer for answer in peers.values() if answer is not None]
    if not local.present:
        return _found(seat, memory, peers)
    if local.damaged:
        return Wait("a rewind did not end; waiting for a primary to clone from")
    bound = restart(memory)
    if isinstance(bound, Lost):
        return Wait(bound.why)
    record = bound.record
    roles = [answer.role for answer in answers if isinstance(answer.memory, Record)]
    voters, patient = roles.count("standby"), waited_s < ELECTION_GRACE_S
    electors = voters + roles.count("primary")
    if yielding and record.leading != NEVER and electors >= seat.needed and patient:
        # A drained node would start and stop PostgreSQL beside the promotion that clients wait for.
        return Wait(f"{electors} members can settle the handover without this node")
    if record.leading == NEVER or record.promise != record.leading:
        return StartStandby(record)
    if any(_knows_newer(answer, record) for answer in answers):
        return StartStandby(record)
    if len(answers) + 1 < seat.members // 2 + 1:
        # Whoever is cut off votes as soon as it is heard again, and leads only after that.
        return StartStandby(record)
    if voters >= seat.needed and patient:
        return Wait(f"{voters} standbys can elect a primary without this node")
    if yielding:
        return StartStandby(record)
    return Resume(record, promoted=bool(record.reigns and record.reigns[-1].timeline))


def _found(seat: Seat, memory: Memory, peers: Mapping[str, NodeStatus | None]) -> Start:
    silent = sorted(name for name, peer in peers.items() if peer is None)
    if seat.ordinal != 0:
        return Wait("this volume is empty; waiting for a primary to clone from")
    if silent:
        return Wait(f"this volume is empty and {', '.join(silent)} did not answer")
    if any(peer and not _is_blank(peer) for peer in peers.values()):
        return Wait("this volume is empty and a peer has data; waiting for a primary to clone from")
    led = isinstance(memory, Record) and memory.highest > 0
    return (
        Wait("the data is gone, and it led once: run `ha unlock` on another member") if led else Bootstrap()
    )


def _is_blank(peer: NodeStatus) -> bool:
    """Whether it holds nothing and never held anything."""
    return peer.role == "empty" and isinstance(peer.memory, Lost) and peer.memory.blank


def _knows_newer(peer: NodeStatus, record: Record) -> bool:
    return isinstance(peer.memory, Record) and peer.memory.highest > record.leading
