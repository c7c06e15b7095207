"""What one exploration starts from, what one state of it consists of, and what must hold in every state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ha.vote.model.node import Log, Node
from ha.vote.model.rules import REAL, Rules

__all__ = ["Config", "Label", "Left", "Shared", "State", "broken"]

Label = tuple[str, int, int]
"""What happens, to which ordinal, with which epoch (or NOBODY)."""


class Left(NamedTuple):
    """How often something may still happen."""

    stands: int = 0
    writes: int = 0
    crashes: int = 0
    losses: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Shared:
    """What an all-seeing judge keeps. Equal ones are one object.

    histories: what the primary of each epoch wrote. acked: per epoch, the LSN up to which its clients were
    told. torn: the node whose data became a mixture of two histories. wishes: (target, epoch) of handoffs,
    kept only when a weakened rule listens to them.
    """

    histories: tuple[tuple[int, Log], ...]
    acked: tuple[tuple[int, int], ...]
    left: Left
    torn: int | None = None
    wishes: tuple[tuple[int, int], ...] = ()


class State(NamedTuple):
    """One state of everything."""

    nodes: tuple[Node, ...]
    shared: Shared


@dataclass(frozen=True)
class Config:
    """One exploration. standing: the ordinals that may stand; those that never do are not told apart.

    split: a winner's end-of-recovery record and its epoch's row are two records, and it may die in between.
    prefix: scripted steps from the healthy cluster, after which all possible ones are looked at.
    """

    name: str
    members: int
    sync_standbys: int
    left: Left
    standing: tuple[int, ...]
    split: bool = False
    rules: Rules = REAL
    prefix: tuple[Label, ...] = ()


def broken(shared: Shared) -> str | None:
    """The invariant that does not hold, as a sentence; None when all do.

    I0 and I1 are one check, stricter than both: whatever was acknowledged in an epoch, before or after, is in
    the history of every higher epoch that was ever led. (An acknowledgement outside the newest acknowledging
    history is one of an older epoch that this newer epoch lacks.)
    """
    if shared.torn is not None:
        return f"node {shared.torn} holds a mixture of two histories"
    for epoch, lsn in shared.acked:
        for later, history in shared.histories:
            if later > epoch and (len(history) < lsn or history[lsn - 1] != epoch):
                return (
                    f"LSN {lsn} of epoch {epoch} was acknowledged and is not in the history of epoch {later}, "
                    f"which is {list(history)}"
                )
    return None
