"""What is explored: small enough for every run of the unit tests, and deeper when asked for.

All bounds are counts of what may happen, never of time. Figures beside them: states within the bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ha.vote.model.state import Config, Left
from ha.vote.model.weakened import WEAKENED

__all__ = ["DEEP", "UNIT", "WEAK"]

ALL = (0, 1, 2)

UNIT: tuple[Config, ...] = (
    Config("3 nodes, two candidacies, a write, a crash", 3, 1, Left(stands=2, writes=1, crashes=1), ALL),
    Config("3 nodes, three candidacies of two nodes", 3, 1, Left(stands=3), (1, 2)),
    Config("3 nodes, a lost volume", 3, 1, Left(stands=1, writes=1, crashes=1, losses=1), ALL),
    Config("3 nodes, a winner dies before its row", 3, 1, Left(stands=2, crashes=1), ALL, split=True),
    Config("5 nodes, k=2, a candidacy, a write, a crash", 5, 2, Left(stands=1, writes=1, crashes=1), (1,)),
    Config("5 nodes, k=2, two candidacies of one node", 5, 2, Left(stands=2), (1,)),
    Config("5 nodes, k=1, a candidacy, a write, a crash", 5, 1, Left(stands=1, writes=1, crashes=1), (1,)),
)

DEEP: tuple[Config, ...] = (
    Config("3 nodes, three candidacies, a crash", 3, 1, Left(stands=3, crashes=1), ALL),
    Config("3 nodes, two candidacies, two writes, two crashes", 3, 1, Left(2, 2, 2), ALL),
    Config("3 nodes, three candidacies, a write", 3, 1, Left(stands=3, writes=1), ALL),
    Config("3 nodes, two candidacies, a write, a lost volume", 3, 1, Left(2, 1, 0, 1), ALL),
    Config("3 nodes, three candidacies, winners die before their rows", 3, 1, Left(3, 0, 2), ALL, split=True),
    Config("5 nodes, k=2, two candidacies", 5, 2, Left(stands=2), (1, 2)),
    Config("5 nodes, k=2, two candidacies, a write", 5, 2, Left(stands=2, writes=1), (1, 2)),
    Config("5 nodes, k=1, two candidacies, a write", 5, 1, Left(stands=2, writes=1), (1, 2)),
)

ONE = Config("one candidacy, a write", 3, 1, Left(stands=1, writes=1), (1, 2))
CRASH = Config("one candidacy, a write, a crash", 3, 1, Left(1, 1, 1), (1, 2))
TWO = Config("two candidacies", 3, 1, Left(stands=2), ALL)
THREE = Config("three candidacies", 3, 1, Left(stands=3), (0, 1))
LOSS = Config("one candidacy, a write, a lost volume", 3, 1, Left(1, 1, 0, 1), (1, 2))
OTHERS: Mapping[str, Config] = {
    "LSNs alone are compared": Config("two candidacies, a write", 3, 1, Left(stands=2, writes=1), ALL),
    "a position is (timeline, LSN)": THREE,
    "a promise is not durable": CRASH,
    "a majority of the members is enough": Config("5 nodes, k=1", 5, 1, Left(stands=1, writes=1), (1,)),
    "a candidate grants a higher epoch and still promotes": TWO,
    "a cold start needs no vote": CRASH,
    "a stored upstream reconnects after a restart": CRASH,
    "a half-cloned node votes": LOSS,
    "a later grant ends the holds before it": Config("two candidacies, a write", 3, 1, Left(2, 1), (1, 2)),
    "a node that lost its record asks nobody": LOSS,
    "a deposed primary restarts in place": Config("two candidacies, a crash", 3, 1, Left(2, 0, 1), ALL),
    "divergence is seen by timelines": TWO,
    "the epoch is read from its row alone": Config("split", 3, 1, Left(2, 0, 1), ALL, split=True),
    "a receiver reconnects whatever the epoch": THREE,
}


def _weak() -> Iterator[tuple[str, Config]]:
    for name, rules in WEAKENED.items():
        yield name, replace(OTHERS.get(name, ONE), name=name, rules=rules)


WEAK: Mapping[str, Config] = dict(_weak())
"""Every weakened rule, in the smallest bounds that show its bug. The same bounds are clean with the real rules."""
