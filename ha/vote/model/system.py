"""The whole model: every step that is possible in a state.

The network may lose, delay and reorder every message, in one direction only too: a message is a fact that
stays true once it was, and whoever it is for may act on it now, later or never. A paused or dead node is
one that does nothing; a crash costs it whatever is not on disk. Clocks do not exist: whatever a rule says
about time (rule 6's second, every back-off) is left to chance, so no timing can be the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter

from ha.vote.epoch import Seat
from ha.vote.model.judge import Judge
from ha.vote.model.node import NOBODY, Node, Nodes, born
from ha.vote.model.state import Config, Label, Left, Shared, State
from ha.vote.model.steps import Steps
from ha.vote.record import Memory, Record

__all__ = ["System"]

Step = tuple[Label, State]
FREE = Left()


class System:
    """The steps of all nodes together."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.rules = config.rules
        self.nodes = Nodes()
        seats = [Seat(i, config.members, config.sync_standbys) for i in range(config.members)]
        self.steps = [Steps(config.rules, seat, self.nodes, split=config.split) for seat in seats]
        self._judge = Judge(config, self.steps)
        self._alike = [i for i in range(1, config.members) if i not in config.standing]

    def start(self) -> State:
        """A healthy cluster whose first record is acknowledged."""
        nodes = tuple(self.nodes.keep(born(i)) for i in range(self.config.members))
        return State(nodes, self._judge.keep(Shared(((0, (0,)),), ((0, 1),), self.config.left)))

    def successors(self, state: State) -> Iterator[Step]:
        """Every step that any node may take."""
        asked = {node.asks: i for i, node in enumerate(state.nodes) if node.asks != NOBODY}
        led = {node.leads: i for i, node in enumerate(state.nodes) if node.leads != NOBODY}
        for i, node in enumerate(state.nodes):
            if node.asks != NOBODY:
                yield from self._candidate(state, i, node)
            yield from self._voter(state, i, node, asked)
            yield from self._primary(state, i, node)
            yield from self._standby(state, i, node, led)
            yield from self._faults(state, i, node)

    def canonical(self, state: State) -> State:
        """The one state that stands for all that differ only in which of the alike nodes is which."""
        if len(self._alike) < 2:
            return state
        nodes = list(state.nodes)
        ordered = sorted((nodes[i] for i in self._alike), key=attrgetter("number"))
        for i, node in zip(self._alike, ordered, strict=True):
            nodes[i] = node
        return state._replace(nodes=tuple(nodes))

    def _candidate(self, state: State, i: int, node: Node) -> Iterator[Step]:
        steps, epoch = self.steps[i], node.asks
        yield from self._maybe("close", state, i, steps.close(node), epoch)
        votes = tuple(
            (j, position)
            for j, n in enumerate(state.nodes)
            for e, position in n.sent
            if e == epoch and j != i
        )
        yield from self._maybe("lead", state, i, steps.lead(node, votes, False), epoch)
        if self.config.split and state.shared.left.crashes:
            fallen = steps.lead(node, votes, True)
            yield from self._maybe("lead and die", state, i, fallen, epoch, Left(crashes=1))

    def _voter(self, state: State, i: int, node: Node, asked: dict[int, int]) -> Iterator[Step]:
        for epoch, owner in asked.items():
            if owner != i:
                yield from self._maybe("grant", state, i, self.steps[i].grant(node, epoch), epoch)

    def _primary(self, state: State, i: int, node: Node) -> Iterator[Step]:
        if not node.primary:
            return
        if self.rules.heed:
            for label, after in self._maybe("step down", state, i, self.steps[i].step_down(node), node.leads):
                yield label, self._wish(after, i, node)
        if state.shared.left.writes:
            yield from self._maybe("write", state, i, self.steps[i].write(node), node.leads, Left(writes=1))

    def _wish(self, state: State, i: int, stopped: Node) -> State:
        heirs = {
            (j, stopped.leads) for j, node in enumerate(state.nodes) if node.log == stopped.log and j != i
        }
        wishes = tuple(sorted(heirs.union(state.shared.wishes)))
        return state._replace(shared=self._judge.keep(replace(state.shared, wishes=wishes)))

    def _standby(self, state: State, i: int, node: Node, led: dict[int, int]) -> Iterator[Step]:
        steps, left = self.steps[i], state.shared.left
        # A primary stops first; a stopped one that does nothing else is like a paused one.
        node = steps.step_down(node) or node
        if left.stands and i in self.config.standing:
            seen = max(n.memory.highest for n in state.nodes if isinstance(n.memory, Record))
            for after in dict.fromkeys((steps.stand(node, ()), steps.stand(node, (seen,)))):
                if after is not None:
                    yield from self._maybe("stand", state, i, after, after.asks, Left(stands=1))
        for epoch, owner in led.items():
            if epoch != node.upstream and owner != i:
                peers = () if isinstance(node.memory, Record) else self._memories(state)
                after = steps.follow(node, state.nodes[owner], peers)
                yield from self._maybe("follow", state, i, after, epoch)
            at_hand = node.upstream != NOBODY and node.upstream % len(state.nodes) == owner
            if self.rules.unbound and at_hand and state.nodes[owner].log[: len(node.log)] == node.log:
                yield from self._maybe("reconnect", state, i, steps.reconnect(node, epoch), epoch)
        if node.upstream != NOBODY:
            yield from self._receive(state, i, node, led.get(node.upstream))
        if any(target == i for target, _ in state.shared.wishes):
            yield from self._maybe("heed", state, i, steps.heed(node), NOBODY)

    def _receive(self, state: State, i: int, node: Node, owner: int | None) -> Iterator[Step]:
        if not node.whole:
            if owner is not None:
                after = self.steps[i].finish(node, state.nodes[owner])
                yield from self._maybe("finish", state, i, after, node.upstream)
            return
        # What its primary once sent arrives, whatever became of that primary.
        history = dict(state.shared.histories)[node.upstream]
        if node.log != history[: len(node.log)]:
            torn = self._judge.keep(replace(state.shared, torn=i))
            yield ("receive", i, node.upstream), state._replace(shared=torn)
        elif len(node.log) < len(history):
            after = self.steps[i].receive(node, history[len(node.log)])
            yield from self._maybe("receive", state, i, after, node.upstream)

    def _faults(self, state: State, i: int, node: Node) -> Iterator[Step]:
        left = state.shared.left
        if left.crashes:
            yield from self._maybe("crash", state, i, self.steps[i].bounce(node), NOBODY, Left(crashes=1))
        if left.losses and isinstance(node.memory, Record):
            yield from self._maybe("lose", state, i, self.steps[i].lose(node), NOBODY, Left(losses=1))

    def _maybe(
        self, what: str, state: State, i: int, after: Node | None, epoch: int, cost: Left = FREE
    ) -> Iterator[Step]:
        if after is not None and after is not state.nodes[i]:
            yield (what, i, epoch), self._judge.settle(state, i, after, cost)

    @staticmethod
    def _memories(state: State) -> tuple[tuple[int, Memory], ...]:
        return tuple((i, node.memory) for i, node in enumerate(state.nodes))
