"""Whom a voter keeps to for a while: the candidate it has voted for may be about to lead.

Whoever asks with a higher epoch meanwhile could win as well, and depose the first winner while it is being promoted.
Both are safe, one after the other, and clients wait for the second (CI on a busy machine: in three failovers of three
in which the former primary's agent was there to vote; both standbys thought that they were ahead). For speed only: it
refuses more than it must, for a bounded time.
"""

from __future__ import annotations

from ha.node.courtesy import PROMOTING_S, is_being_promoted
from ha.node.facts import NodeStatus
from ha.vote.candidacy import Word, says
from ha.vote.epoch import Epoch
from ha.vote.record import Memory, Record

__all__ = ["ELECTING_S", "LONGEST_S", "keeps_to", "rival"]

ELECTING_S = 2.0
"""For a candidate of whom it is not known yet whether it has won: a vote takes 0.1 to 2 s."""
LONGEST_S = PROMOTING_S
"""For one that has won."""


def rival(memory: Memory, asked: Epoch, members: int) -> Epoch | None:
    """Return the epoch of another candidate than the one that asks, if it has this node's vote and may lose it."""
    if not isinstance(memory, Record) or memory.promise not in memory.holds or asked <= memory.promise:
        return None
    own = memory.promise == memory.asking
    return None if own or memory.promise.owner(members) == asked.owner(members) else memory.promise


def keeps_to(held: Epoch, said: NodeStatus | None, voted_s: float) -> bool:
    """Whether to keep to the candidate of `held`, by what it tells of itself now (None is silence).

    voted_s: since this node voted for it.
    """
    word = Word.UNKNOWN if said is None else says(said.memory, held)
    if word is Word.CLOSED or (word is Word.LED and not is_being_promoted(said)):
        return False
    return voted_s < (LONGEST_S if word is Word.LED else ELECTING_S)
