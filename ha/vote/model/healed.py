"""Does a healed cluster get a primary again? From any state, every agent ticks, and every message arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ha.vote.ballot import Answer, Bound, Facts, Granted, Request, answer, consider
from ha.vote.candidacy import ASK_FOR_S, Next, count, next_try
from ha.vote.course import Begin, Follow, Peer, Release, Stand, StepDown, rank
from ha.vote.epoch import NEVER, Epoch, Position
from ha.vote.lineage import position
from ha.vote.model.node import NOBODY, Node
from ha.vote.model.state import State
from ha.vote.model.system import System
from ha.vote.record import Lost, Record

__all__ = ["Healed", "recovers", "stuck"]

ROUNDS = 40
"""More than enough for every node to stand twice: what needs longer is taken for stuck."""


def stuck(system: System, state: State) -> Iterator[tuple[str, str | None]]:
    """Heal the state in every way: all at once, after a restart of all, and with any one node gone for good.

    Yields each way and, if no primary comes of it, what does. Beyond what is promised, and left out: the loss
    of a node, or of a volume, while another one is not whole.
    """
    sick = {i for i, node in enumerate(state.nodes) if not node.whole}
    lost = any(isinstance(node.memory, Lost) for node in state.nodes)
    if len(sick) <= 1 or not lost:
        yield "all return", recovers(system, state)
        yield "all restart", recovers(system, state, restarted=True)
    for i in range(len(state.nodes)):
        if not sick - {i}:
            yield f"node {i} is gone", recovers(system, state, dead={i})
            yield f"node {i} is gone, all others restart", recovers(system, state, dead={i}, restarted=True)


def recovers(
    system: System, state: State, *, dead: Iterable[int] = (), restarted: bool = False
) -> str | None:
    """None when those that live end with one primary that has all and its standbys; else what they ended with.

    dead: those that never come back. restarted: the others crash once first (the cold start).
    """
    healed = Healed(system, state, set(dead))
    if restarted:
        for i in healed.alive:
            healed.put(i, system.steps[i].bounce(healed.nodes[i]))
    for _ in range(ROUNDS):
        if healed.round() and healed.well():
            return healed.lost(state)
    return "; ".join(f"{i}: {healed.nodes[i]}" for i in healed.alive)


class Healed:
    """The nodes of one state, that from now on hear one another at once."""

    def __init__(self, system: System, state: State, dead: set[int]) -> None:
        self.system = system
        self.nodes = list(state.nodes)
        self.alive = [i for i in range(len(self.nodes)) if i not in dead]
        self._quiet = 0

    def put(self, i: int, after: Node | None) -> None:
        """Node `i` has become `after`, if it could."""
        self.nodes[i] = self.nodes[i] if after is None else after

    def round(self) -> bool:
        """Every agent ticks once; whether nothing has changed."""
        before = list(self.nodes)
        for i in self.alive:
            self._tick(i)
        self._quiet = self._quiet + 1 if before == self.nodes else 0
        return self._quiet > 0

    def well(self) -> bool:
        """Whether one of them is primary and all others stream from it; at least k, when one is gone for good.

        With five nodes one may stay bound to an epoch that only the lost node can close, until a handoff
        begins a newer one.
        """
        leader = self._leader()
        if leader is None:
            return False
        streaming = [
            n for n in self._living() if n.upstream == leader.leads and n.whole and n.log == leader.log
        ]
        everybody = len(self.alive) == len(self.nodes)
        return len(streaming) >= (len(self.nodes) - 1 if everybody else self.system.config.sync_standbys)

    def lost(self, state: State) -> str | None:
        """What the primary lacks of what was ever acknowledged; None when it lacks nothing."""
        leader = self._leader()
        assert leader is not None
        for epoch, lsn in state.shared.acked:
            if len(leader.log) < lsn or leader.log[lsn - 1] != epoch:
                return f"LSN {lsn} of epoch {epoch} was acknowledged, and is lost in {leader.log}"
        return None

    def facts(self, i: int) -> Facts:
        """The truth about node `i`, now that all can be heard."""
        node = self.nodes[i]
        upstream = next((n for n in self._living() if n.leads == node.upstream != NOBODY), None)
        assured = upstream is not None and self._confirming(upstream) >= self.system.config.sync_standbys
        return Facts(
            primary=node.primary,
            whole=node.whole,
            receiving=node.upstream != NOBODY,
            following=Epoch(node.upstream) if node.upstream != NOBODY else None,
            lsn=len(node.log),
            confirming=self._confirming(node) if node.primary else 0,
            assured=Epoch(node.upstream) if assured else None,
        )

    def _tick(self, i: int) -> None:
        node, steps = self.nodes[i], self.system.steps[i]
        peers = [self._peer(j) for j in self.alive if j != i]
        impatient = self._quiet > rank(steps.seat, self._position(node), peers)
        if node.asks != NOBODY:
            return self._campaign(i)
        match self.system.rules.move(steps.seat, node.memory, self.facts(i), peers, impatient=impatient):
            case StepDown():
                self.put(i, steps.step_down(node))
            case Release(words):
                self.put(i, steps.release(node, words))
            case Follow(ordinal) | Begin(_, ordinal):
                memories = tuple((j, self.nodes[j].memory) for j in self.alive)
                self.put(i, steps.follow(node, self.nodes[ordinal], memories))
            case Stand():
                seen = max(p.memory.highest for p in peers if isinstance(p.memory, Record))
                self.put(i, steps.stand(node, (seen,)))
                self._campaign(i)
            case _:
                self._stream(i)

    def _stream(self, i: int) -> None:
        node = self.nodes[i]
        for leader in self._living():
            if leader.leads == node.upstream != NOBODY:
                self.put(i, self.system.steps[i].finish(node, leader))

    def _campaign(self, i: int) -> None:
        """All of a candidacy at once: ask, count, lead or close."""
        node, steps = self.nodes[i], self.system.steps[i]
        answers = {j: self._ask(j, Epoch(node.asks)) for j in self.alive if j != i}
        verdict = count(steps.seat, node.memory, self.facts(i), answers)
        if next_try(verdict, answers, ASK_FOR_S) is Next.LEAD:
            votes = tuple((j, a.position) for j, a in answers.items() if isinstance(a, Granted))
            self.put(i, steps.lead(node, votes, False))
        else:
            self.put(i, steps.close(node))

    def _ask(self, j: int, epoch: Epoch) -> Answer:
        node, steps = self.nodes[j], self.system.steps[j]
        bound = consider(steps.seat, node.memory, self.facts(j), Request(epoch))
        if not isinstance(bound, Bound):
            return bound
        self.put(j, steps.grant(node, epoch))
        return answer(self.nodes[j].memory, self.facts(j), epoch)

    def _peer(self, j: int) -> Peer:
        node = self.nodes[j]
        leads = Epoch(node.leads) if node.leads != NOBODY else None
        return Peer(j, node.memory, leads, self._position(node), whole=node.whole)

    def _position(self, node: Node) -> Position:
        record = node.memory
        return position(record, len(node.log)) if isinstance(record, Record) else Position(NEVER, 0)

    def _living(self) -> list[Node]:
        return [self.nodes[i] for i in self.alive]

    def _leader(self) -> Node | None:
        return max((n for n in self._living() if n.primary), key=lambda n: n.leads, default=None)

    def _confirming(self, leader: Node) -> int:
        return sum(n.upstream == leader.leads for n in self._living())
