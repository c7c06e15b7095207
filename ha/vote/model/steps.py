"""Everything that can happen in one node; what it may do is asked of the real decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec

from ha.vote.allegiance import adopt
from ha.vote.ballot import Act, Bound, Facts, Granted, Request
from ha.vote.candidacy import Word
from ha.vote.epoch import NEVER, Epoch, Position, Seat
from ha.vote.life import noted_timeline
from ha.vote.lineage import Way
from ha.vote.model.node import NOBODY, Node, Nodes
from ha.vote.model.rules import Rules
from ha.vote.record import Lost, Memory, Record

__all__ = ["Steps"]

LOST = Lost("its volume was lost")
P = ParamSpec("P")


def remembered(
    step: Callable[Concatenate[Steps, P], Node | None],
) -> Callable[Concatenate[Steps, P], Node | None]:
    """The steps are pure and few are different: each is worked out once."""
    name = step.__name__

    def recall(self: Steps, /, *args: P.args, **kwargs: P.kwargs) -> Node | None:
        key = (name, *args)
        if key not in self.known:
            after = step(self, *args, **kwargs)
            self.known[key] = None if after is None else self.nodes.keep(after)
        return self.known[key]

    return recall


class Steps:
    """The local steps of the node on one seat. None means that the rules, or the facts, do not allow it.

    split: a winner's end-of-recovery record and its epoch's row are two records, and it may die in between.
    """

    def __init__(self, rules: Rules, seat: Seat, nodes: Nodes, *, split: bool) -> None:
        self.rules = rules
        self.seat = seat
        self.nodes = nodes
        self.split = split
        self.known: dict[tuple[Any, ...], Node | None] = {}

    def facts(self, node: Node) -> Facts:
        """As the node's agent sees it; that nobody confirms or assures is the most that can be allowed."""
        return Facts(node.primary, node.whole, node.upstream != NOBODY, lsn=len(node.log))

    @remembered
    def stand(self, node: Node, seen: tuple[Epoch, ...]) -> Node | None:
        """It begins a candidacy."""
        bound = self.rules.stand(self.seat, node.memory, self.facts(node), seen)
        return self._bind(node, bound) if isinstance(bound, Bound) else None

    @remembered
    def grant(self, node: Node, epoch: int) -> Node | None:
        """It is asked, binds itself, detaches and tells; one step, as nobody can see what lies between."""
        bound = self.rules.consider(self.seat, node.memory, self.facts(node), Request(Epoch(epoch)))
        if not isinstance(bound, Bound):
            return None
        after = self._bind(node, bound)
        told = self.rules.answer(after.memory, self.facts(after), Epoch(epoch))
        if not isinstance(told, Granted):
            return after
        return replace(after, sent=(*(s for s in after.sent if s[0] != epoch), (epoch, told.position)))

    @remembered
    def lead(self, node: Node, votes: tuple[tuple[int, Position], ...], die: bool) -> Node | None:
        """It counts, looks again under the lock, records and promotes; or dies before its row is written."""
        facts = self.facts(node)
        answers = {ordinal: Granted(Epoch(node.asks), position) for ordinal, position in votes}
        if not self.rules.count(self.seat, node.memory, facts, answers).allowed:
            return None
        bound = self.rules.lead(node.memory, facts, Epoch(node.asks))
        return self._crown(node, bound.record, die=die) if isinstance(bound, Bound) else None

    @remembered
    def usurp(self, node: Node, epoch: Epoch) -> Node | None:
        """It leads without a vote: what a weakened start or handoff does."""
        if not isinstance(node.memory, Record) or node.primary:
            return None
        record = node.memory.without_candidacy()
        record = replace(record, promise=epoch, asking=epoch, holds=record.holds | {epoch})
        bound = self.rules.lead(record, self.facts(node), epoch)
        return self._crown(node, bound.record) if isinstance(bound, Bound) else None

    @remembered
    def heed(self, node: Node) -> Node | None:
        """A stopped primary's wish has come, however late."""
        epoch = self.rules.heed(self.seat, node.memory, self.facts(node)) if self.rules.heed else None
        return None if epoch is None else self.usurp(node, epoch)

    @remembered
    def close(self, node: Node) -> Node | None:
        """It gives its candidacy up."""
        assert isinstance(node.memory, Record)
        return replace(node, memory=self.rules.close(node.memory))

    @remembered
    def release(self, node: Node, words: tuple[tuple[Epoch, Word], ...]) -> Node | None:
        """It has polled the owners of its holds."""
        assert isinstance(node.memory, Record)
        record = self.rules.release(node.memory, dict(words))
        return None if record == node.memory else replace(node, memory=record)

    @remembered
    def follow(self, node: Node, leader: Node, peers: tuple[tuple[int, Memory], ...]) -> Node | None:
        """It turns to a primary; with foreign history in its data it is not whole until `finish`."""
        assert isinstance(leader.memory, Record)
        memory = node.memory
        if isinstance(memory, Lost):
            begun = self.rules.reborn(self.seat, dict(peers))
            if isinstance(begun, str):
                return None
            memory = begun
        way = self.rules.way_back(memory.reigns, len(node.log), leader.memory.reigns)
        streams = node.whole and way is Way.STREAM
        bound = self.rules.follow(memory, Epoch(leader.leads), leader.memory.reigns if streams else None)
        if not isinstance(bound, Bound):
            return None
        after = replace(node, memory=bound.record, upstream=leader.leads)
        return after if streams else replace(after, whole=False, log=())

    @remembered
    def finish(self, node: Node, leader: Node) -> Node | None:
        """Its rewind or clone is done and streams."""
        assert isinstance(node.memory, Record)
        assert isinstance(leader.memory, Record)
        memory = adopt(node.memory, leader.memory.reigns)
        return self._confirm(replace(node, memory=memory, whole=True, log=leader.log))

    @remembered
    def reconnect(self, node: Node, epoch: int) -> Node | None:
        """Its walreceiver finds another primary at the old address."""
        return replace(node, upstream=epoch)

    @remembered
    def receive(self, node: Node, record: int) -> Node | None:
        """One more record of its upstream's history is flushed, and confirmed."""
        return self._confirm(replace(node, log=(*node.log, record)))

    @remembered
    def write(self, node: Node) -> Node | None:
        """A client's write is flushed on the primary."""
        return replace(node, log=(*node.log, node.leads))

    @remembered
    def bounce(self, node: Node) -> Node | None:
        """It crashes and starts again; being down in between is like doing nothing in between."""
        bound = self.rules.restart(node.memory)
        if not isinstance(bound, Bound):
            return replace(node, primary=False, upstream=NOBODY)
        own = bound.record.floor.owner(self.seat.members) == self.seat.ordinal
        upstream = bound.record.floor if self.rules.stored and not own else NOBODY
        after = replace(node, memory=bound.record, primary=False, upstream=upstream)
        if (
            self.rules.start
            and (epoch := self.rules.start(self.seat, bound.record, self.facts(after))) is not None
        ):
            return self.usurp(after, epoch)
        return self._crown(after, bound.record) if Act.RESUME in bound.acts and node.whole else after

    @remembered
    def step_down(self, node: Node) -> Node | None:
        """Its primary is stopped: a fence, a handoff, or a newer one is known."""
        return replace(node, primary=False) if node.primary else None

    @remembered
    def lose(self, node: Node) -> Node | None:
        """Its volume is gone, and what it once sent is still under way."""
        return replace(node, memory=LOST, log=(), primary=False, upstream=NOBODY, whole=False)

    @remembered
    def forget(
        self, node: Node, sent: frozenset[int], flushed: frozenset[int], streaming: bool, held: bool
    ) -> Node | None:
        """Messages that nobody can act on any more are no difference between two states.

        held: somebody holds an epoch of this node, so that what became of its epochs is still asked for.
        """
        memory = node.memory
        if isinstance(memory, Record) and not held:
            leading = memory.leading if node.primary or memory.promise == memory.leading else NEVER
            memory = replace(memory, closed=NEVER, leading=leading)
        return replace(
            node,
            memory=memory,
            upstream=node.upstream if streaming else NOBODY,
            sent=tuple(sorted(s for s in node.sent if s[0] in sent)),
            flushed=tuple(sorted(f for f in node.flushed if f[0] in flushed)),
        )

    def _confirm(self, node: Node) -> Node:
        others = (f for f in node.flushed if f[0] != node.upstream)
        return replace(node, flushed=(*others, (node.upstream, len(node.log))))

    def _bind(self, node: Node, bound: Bound) -> Node:
        primary = node.primary and Act.STOP_PRIMARY not in bound.acts
        upstream = NOBODY if Act.DETACH in bound.acts else node.upstream
        return replace(node, memory=bound.record, primary=primary, upstream=upstream)

    def _crown(self, node: Node, record: Record, *, die: bool = False) -> Node:
        epoch = record.leading
        log = node.log
        if self.split and ~epoch not in log and epoch not in log:
            log = (*log, ~epoch)
        if epoch not in log and not die:
            log = (*log, epoch)
        noted = noted_timeline(record, len(record.reigns))
        return replace(node, memory=noted, log=log, primary=not die, upstream=NOBODY)
