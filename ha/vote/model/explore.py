"""Breadth first through every reachable state, and back along the shortest way to a broken one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ha.vote.model.state import Config, Label, State, broken
from ha.vote.model.system import System

__all__ = ["Result", "Trace", "explore"]

Trace = tuple[tuple[Label | None, State], ...]
"""The healthy cluster, then every step and what it led to."""


@dataclass(frozen=True)
class Result:
    """What one exploration saw; seconds of CPU.

    complete: no state within the bounds was left out. why, trace: the invariant that is broken, and the
    shortest way there. sample: every so many-th state, for other questions than the invariants.
    """

    config: Config
    states: int
    depth: int
    seconds: float
    complete: bool
    why: str | None = None
    trace: Trace = ()
    sample: tuple[State, ...] = field(default=(), repr=False)


def explore(system: System, *, most: int | None = None, every: int = 0) -> Result:
    """Look at all states within the configuration's bounds; stop at the first broken one, or at `most` states.

    Raises ValueError when the configuration's prefix has an impossible step.
    """
    begun = time.process_time()
    way = _prefix(system)
    start = system.canonical(way[-1][1])
    parents: dict[State, State | None] = {start: None}
    frontier, depth, end = [start], 0, None
    while frontier and end is None and (most is None or len(parents) < most):
        depth += 1
        frontier, end = _layer(system, parents, frontier)
    return Result(
        config=system.config,
        states=len(parents),
        depth=len(way) - 1 + depth - (end is None),
        seconds=time.process_time() - begun,
        complete=not frontier,
        why=None if end is None else broken(end.shared),
        trace=() if end is None else _trace(system, way, parents, end),
        sample=tuple(parents)[::every] if every else (),
    )


def _layer(
    system: System, parents: dict[State, State | None], frontier: list[State]
) -> tuple[list[State], State | None]:
    """All states that are one step further, and the first broken one among them."""
    reached: list[State] = []
    for state in frontier:
        for _, after in system.successors(state):
            after = system.canonical(after)
            if after not in parents:
                parents[after] = state
                reached.append(after)
                if broken(after.shared):
                    return reached, after
    return reached, None


def _prefix(system: System) -> Trace:
    way: list[tuple[Label | None, State]] = [(None, system.start())]
    for label in system.config.prefix:
        steps = dict(system.successors(way[-1][1]))
        if label not in steps:
            raise ValueError(
                f"{system.config.name}: {label} is impossible here; possible are {sorted(steps)}"
            )
        way.append((label, steps[label]))
    return tuple(way)


def _trace(system: System, way: Trace, parents: dict[State, State | None], end: State) -> Trace:
    """Alike nodes keep their places in it, whatever was swapped on the way."""
    path = [end]
    while (parent := parents[path[-1]]) is not None:
        path.append(parent)
    trace = list(way)
    for target in reversed(path[:-1]):
        steps = system.successors(trace[-1][1])
        trace.append(next(step for step in steps if system.canonical(step[1]) == target))
    return tuple(trace)
