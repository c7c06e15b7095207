"""A counter-example as a person reads it: one line for every step, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator

from ha.vote.model.explore import Result
from ha.vote.model.node import NOBODY, Log, Node
from ha.vote.record import Lost

__all__ = ["show", "summary"]

SAYINGS = {
    "stand": "stands with epoch {}",
    "grant": "grants epoch {}",
    "lead": "has the votes for epoch {}, and leads",
    "lead and die": "has the votes for epoch {}, and dies before its row is written",
    "close": "gives epoch {} up",
    "follow": "turns to the primary of epoch {}",
    "finish": "ends its rewind or clone from the primary of epoch {}, and confirms",
    "receive": "receives a record of epoch {}'s primary, and confirms",
    "reconnect": "reconnects by itself to the same address, where epoch {} leads now",
    "write": "flushes a client's write, as primary of epoch {}",
    "step down": "stops its primary of epoch {}, and asks those that hold everything to take over",
    "heed": "is asked to take over",
    "crash": "crashes, and starts again",
    "lose": "loses its volume",
}


def show(result: Result) -> str:
    """The whole way, numbered from the healthy cluster; ends with what is broken."""
    return "\n".join([summary(result), *_steps(result)])


def summary(result: Result) -> str:
    """One line: what was explored, how far, and what came out."""
    end = "every reachable state" if result.complete else f"up to {result.depth} steps"
    verdict = f"BROKEN after {result.depth} steps" if result.why else "I0 and I1 hold"
    return f"{result.config.name}: {result.states:,} states, {end}, {result.seconds:.1f} s CPU: {verdict}"


def _steps(result: Result) -> Iterator[str]:
    before: tuple[Node, ...] = ()
    for number, (label, state) in enumerate(result.trace):
        if label is None:
            yield "  a healthy cluster:"
        else:
            what, ordinal, epoch = label
            yield f"  {number}. node {ordinal} {SAYINGS[what].format(epoch)}"
        for i, node in enumerate(state.nodes):
            if not before or node is not before[i]:
                yield f"       {i}: {_node(node)}"
        before = state.nodes
    if result.why:
        yield f"  {result.why}"


def _node(node: Node) -> str:
    if isinstance(node.memory, Lost):
        return "has lost its record"
    words = [f"promise {node.memory.promise}", f"floor {node.memory.floor}"]
    if node.holds:
        words.append(f"holds {', '.join(str(hold) for hold in node.holds)}")
    if node.primary:
        words.append(f"primary of {node.leads}")
    elif node.upstream != NOBODY:
        words.append(f"receives from {node.upstream}")
    words += [f"told {epoch}: {position}" for epoch, position in node.sent]
    words.append(f"log {_log(node.log)}" if node.whole else "its data is not whole")
    return ", ".join(words)


def _log(log: Log) -> str:
    return " ".join(str(epoch) if epoch >= 0 else f"({~epoch})" for epoch in log)
