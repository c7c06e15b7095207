"""After every step: what the primaries have written, what their clients were told, which messages still matter."""

from __future__ import annotations

from collections.abc import Sequence

from ha.vote.model.node import NOBODY, Log, Node
from ha.vote.model.state import Config, Left, Shared, State
from ha.vote.model.steps import Steps
from ha.vote.record import Record

__all__ = ["Judge"]

Streaming = tuple[tuple[bool, frozenset[int]], ...]


class Judge:
    """Keeps `Shared` up to date, and states few: what nobody can act on any more is forgotten.

    A write is acknowledged the moment k standbys have flushed it while its primary runs. Later is possible
    too, but as `broken` looks at every later leader, before and after, later shows nothing more.
    """

    def __init__(self, config: Config, steps: Sequence[Steps]) -> None:
        self._config = config
        self._steps = steps
        self._size = config.members
        self._told: dict[tuple[object, ...], tuple[Shared, Streaming]] = {}
        self._risen: dict[Node, int] = {}
        self._shared: dict[tuple[object, ...], Shared] = {}

    def keep(self, shared: Shared) -> Shared:
        """The one object for all that are equal to this."""
        key = (shared.histories, shared.acked, shared.left, shared.torn, shared.wishes)
        return self._shared.setdefault(key, shared)

    def settle(self, state: State, i: int, node: Node, cost: Left) -> State:
        """The state after node `i` became `node`."""
        nodes = (*state.nodes[:i], node, *state.nodes[i + 1 :])
        held: set[int] = set()
        if any(n.holds for n in nodes):
            nodes = self._release(nodes)
            held = {hold.owner(self._size) for n in nodes for hold in n.holds}
        rises = tuple([self._risen.get(n) or self._rises(j, n) for j, n in enumerate(nodes)])
        key = (state.shared, cost, i if cost.losses else NOBODY, rises, *[n.stream for n in nodes])
        if key not in self._told:
            self._told[key] = self._tell(state.shared, cost, i, rises, nodes)
        shared, streaming = self._told[key]
        return State(self._forget(nodes, held, streaming), shared)

    def _tell(
        self, shared: Shared, cost: Left, i: int, rises: Sequence[int], nodes: Sequence[Node]
    ) -> tuple[Shared, Streaming]:
        """The judge's new knowledge, and of each node: does its upstream, do its confirmations still matter."""
        left = Left(*(have - spent for have, spent in zip(shared.left, cost, strict=True)))
        histories = dict(shared.histories)
        histories.update((n.leads, n.log) for n in nodes if n.primary)
        if cost.losses:
            self._bury(nodes, i, histories)
        acked = self._acknowledge(nodes, histories, dict(shared.acked))
        live = {epoch for n, rise in zip(nodes, rises, strict=True) for epoch in (n.leads, rise)}
        streaming = tuple(
            (
                self._config.rules.unbound
                or n.upstream in live
                or (n.whole and len(n.log) < len(histories.get(n.upstream, ()))),
                frozenset(e for e, lsn in n.flushed if e in live and lsn > acked.get(e, 0)),
            )
            for n in nodes
        )
        needed = {n.leads for n in nodes}
        needed.update(n.upstream for n, (matters, _) in zip(nodes, streaming, strict=True) if matters)
        for epoch, log in histories.items():
            if epoch not in needed:
                histories[epoch] = log[: log.index(epoch) + 1]
        told = (
            tuple(sorted(histories.items())),
            tuple(sorted(acked.items())),
            left,
            shared.torn,
            shared.wishes,
        )
        return self.keep(Shared(*told)), streaming

    def _bury(self, nodes: Sequence[Node], lost: int, histories: dict[int, Log]) -> None:
        """What a lost volume held of an epoch that nobody has followed is no history any more."""
        floor = max(n.memory.floor for n in nodes if isinstance(n.memory, Record))
        for epoch in [e for e in histories if e % self._size == lost and e > floor]:
            del histories[epoch]

    def _acknowledge(
        self, nodes: Sequence[Node], histories: dict[int, Log], acked: dict[int, int]
    ) -> dict[int, int]:
        k = self._config.sync_standbys
        for epoch in {n.leads for n in nodes} - {NOBODY}:
            confirmed = sorted((lsn for n in nodes for e, lsn in n.flushed if e == epoch), reverse=True)
            # An end-of-recovery record, or an older epoch's, was written for no client of this one.
            if len(confirmed) >= k and histories[epoch][confirmed[k - 1] - 1] == epoch:
                acked[epoch] = max(acked.get(epoch, 0), confirmed[k - 1])
        return acked

    def _release(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Every hold ends as soon as its owner calls it closed: to hold on longer only forbids."""
        says = self._config.rules.says
        after = list(nodes)
        for i, node in enumerate(nodes):
            others = [hold for hold in node.holds if hold != node.asks]
            words = tuple((hold, says(nodes[hold.owner(self._size)].memory, hold)) for hold in others)
            after[i] = (self._steps[i].release(node, words) if words else None) or node
        return tuple(after)

    def _forget(self, nodes: tuple[Node, ...], held: set[int], streaming: Streaming) -> tuple[Node, ...]:
        asked = {n.asks for n in nodes}
        kept = list(nodes)
        for i, (n, (matters, flushed)) in enumerate(zip(nodes, streaming, strict=True)):
            sent = frozenset(epoch for epoch, _ in n.sent if epoch in asked) if n.sent else frozenset()
            if n.plain and matters:
                continue
            kept[i] = self._steps[i].forget(n, sent, flushed, matters, i in held) or n
        return tuple(kept)

    def _rises(self, i: int, node: Node) -> int:
        """The epoch as whose primary it would run after a crash."""
        risen = self._steps[i].bounce(node)
        self._risen[node] = NOBODY if risen is None else risen.leads
        return self._risen[node]
