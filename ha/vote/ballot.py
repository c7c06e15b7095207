"""A node is asked for its vote: rules 4, 5 and 6. `consider` licenses and binds, `answer` tells the position."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ha.vote.epoch import Epoch, Position, Seat
from ha.vote.lineage import position
from ha.vote.record import Lost, Memory, Record

__all__ = [
    "Act",
    "Answer",
    "Bound",
    "Facts",
    "Granted",
    "Refused",
    "Request",
    "Silent",
    "answer",
    "consider",
]


class Act(Enum):
    """What the agent does after the record is durable, in the order given, each only when the last is done."""

    STOP_PRIMARY = "stop the postmaster at once; it starts again as a standby without upstream"
    DETACH = "clear primary_conninfo, wait until no walreceiver is left and the startup process has reread it"
    TELL = "answer with the position, once all local WAL is replayed"
    ASK = "ask every other member"
    PROMOTE = "promote, by repmgr"
    WRITE_EPOCH = "write the epoch's row and flush it; only then say that this node leads, and serve"
    CONNECT = "stream from that primary, over a slot that exists only for its epoch"
    START_STANDBY = "start with standby.signal and an empty primary_conninfo"
    RESUME = "start in place; promote first where the end-of-recovery record was not reached"
    SERVE_CONFIRMED = "let clients in only when k standbys have confirmed the LSN it started from"


@dataclass(frozen=True)
class Facts:
    """What an agent knows about its own PostgreSQL at the moment of a decision.

    whole: no clone or rewind is unfinished. receiving: an upstream is set, or a walreceiver process is left;
    following: the epoch it was set for. replayed: all local WAL is replayed. lsn: flushed; where replayed, the
    end of the replayed WAL. confirming: standbys whose confirmation of the last probe is at most 3 s old
    (a primary). assured: the epoch of the primary that said within the last second that k standbys confirm to
    it, None once its replication connection was reset (a standby). settling: it has led for so short a time that
    its standbys may still be on their way. loyal: the epoch of another candidate, for whom this node has voted and
    who may be about to lead.
    """

    primary: bool = False
    whole: bool = True
    receiving: bool = False
    following: Epoch | None = None
    replayed: bool = True
    lsn: int = 0
    confirming: int = 0
    assured: Epoch | None = None
    settling: bool = False
    loyal: Epoch | None = None


@dataclass(frozen=True)
class Request:
    """A candidate asks for a vote; handoff is the epoch of a primary that has stopped and wants this one."""

    epoch: Epoch
    handoff: Epoch | None = None


@dataclass(frozen=True)
class Bound:
    """Make `record` durable, then do these acts, and keep the lock until they are done."""

    record: Record
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Granted:
    """The vote, with all the history this node will hold for as long as it is bound."""

    epoch: Epoch
    position: Position


@dataclass(frozen=True)
class Refused:
    """No; `seen` is the highest epoch this node knows, for the candidate's next one.

    taken: somebody leads or is about to, so that to stand again would only be in the way.
    """

    why: str
    seen: Epoch
    taken: bool = False


@dataclass(frozen=True)
class Silent:
    """Neither yes nor no: counts like a node that does not answer.

    heard: it did answer, and may grant in a moment; False where no answer came.
    """

    why: str
    heard: bool = True


Answer = Granted | Refused | Silent


def consider(seat: Seat, memory: Memory, facts: Facts, request: Request) -> Bound | Refused | Silent:
    """Whether to vote for the epoch, under the lock that also serves promotions.

    Bound's acts end with TELL, which is `answer`. Asked again for what it granted, it binds itself again.
    """
    if isinstance(memory, Lost):
        return Silent(memory.why)
    if not facts.whole:
        return Silent("a clone or rewind is unfinished")
    epoch = request.epoch
    granted = epoch == memory.promise and epoch in memory.holds
    if epoch <= memory.promise and not granted:
        return Refused(f"this node has promised {memory.promise}", memory.highest)
    if not granted and (why := _content(seat, facts, request)):
        return Refused(why, memory.highest, taken=facts.primary or facts.loyal is not None)
    kept = memory if granted else memory.without_candidacy()
    record = replace(kept, promise=epoch, holds=kept.holds | {epoch})
    stop = (Act.STOP_PRIMARY,) if facts.primary else ()
    return Bound(record, (*stop, Act.DETACH, Act.TELL))


def _content(seat: Seat, facts: Facts, request: Request) -> str | None:
    """Why there is no need for a vote (rule 6); a stopped primary's own wish is need enough."""
    if facts.primary and facts.confirming >= seat.sync_standbys:
        return f"this node is primary with {facts.confirming} standbys confirming"
    if facts.primary and facts.settling:
        # More than rule 6 says, and safe as every refusal: else a new primary falls to whoever was late to notice.
        return "this node leads only since a moment"
    if facts.assured is not None and facts.assured != request.handoff:
        return f"the primary of epoch {facts.assured} says that its standbys confirm"
    if facts.loyal is not None and request.handoff is None:
        # Again more than rule 6 says: two winners in a row cost the clients a second promotion.
        return f"this node has just voted for {facts.loyal}"
    return None


def answer(memory: Memory, facts: Facts, epoch: Epoch) -> Answer:
    """What to tell a candidate that this node is bound to; asked again while it is Silent."""
    if isinstance(memory, Lost):
        return Silent(memory.why)
    if memory.promise != epoch or epoch not in memory.holds:
        return Refused(f"this node has promised {memory.promise} meanwhile", memory.highest)
    if facts.primary or facts.receiving:
        return Silent("the primary here is still stopping, or a walreceiver is left")
    if not facts.whole or not facts.replayed:
        return Silent("not all local WAL is replayed")
    return Granted(epoch, position(memory, facts.lsn))
