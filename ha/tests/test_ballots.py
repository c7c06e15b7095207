"""A primary is asked for its vote."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from ha.node.actions import Actions
from ha.node.ballots import Ballots
from ha.node.facts import NodeStatus
from ha.node.peers import Peers
from ha.node.voter import Voter
from ha.settings import Member, Secrets, Settings
from ha.tests.test_settings import RAW
from ha.vote.ballot import Answer, Facts, Refused, Request, Silent
from ha.vote.epoch import Epoch
from ha.vote.record import Record

LEADING = Record(promise=Epoch(1), floor=Epoch(1), leading=Epoch(1))
SIX = Epoch(6)
CLOSED = Record(promise=SIX, closed=SIX)


class Node:
    """Stands for the actions: a primary to which nobody confirms, until it is stopped."""

    def __init__(self) -> None:
        self.stopped = False

    def facts(self) -> Facts:
        return Facts(primary=not self.stopped, replayed=not self.stopped)

    def stop(self, note: str, *, immediate: bool = False) -> None:
        self.stopped = True

    def detach(self) -> None:
        pass


class Told:
    """Stands for the peers: only one member answers a question of this moment."""

    def __init__(self, name: str, memory: Record) -> None:
        self._answer = NodeStatus(name=name, role="standby", memory=memory)

    def now(self, member: Member, within_s: float) -> NodeStatus | None:
        return self._answer if member.name == self._answer.name else None


def booth(tmp_path: Path, name: str, memory: Record) -> tuple[Ballots, Node, Voter]:
    settings = replace(Settings.parse(RAW, Secrets(), me="postgres-1"), volume=tmp_path)
    voter, node = Voter(settings), Node()
    voter.keep(LEADING)
    return Ballots(settings, voter, cast(Actions, node), cast(Peers, Told(name, memory))), node, voter


def asked(tmp_path: Path, name: str, memory: Record) -> tuple[Answer, Node, Voter]:
    ballots, node, voter = booth(tmp_path, name, memory)
    return ballots.vote(Request(SIX)), node, voter


def test_a_primary_does_not_end_for_a_candidate_that_has_given_up(tmp_path: Path) -> None:
    given, node, voter = asked(tmp_path, "postgres-0", CLOSED)
    assert given == Silent("whoever stood with 6 has given it up")
    assert not node.stopped
    assert voter.memory == LEADING


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        pytest.param("postgres-0", Record(promise=SIX, asking=SIX, holds=frozenset({SIX})), id="it stands"),
        pytest.param("postgres-0", replace(CLOSED, closed=Epoch(3)), id="it gave up another one"),
        pytest.param("postgres-2", CLOSED, id="it does not say, and nobody else knows"),
    ],
)
def test_it_ends_for_one_that_stands_or_does_not_say(tmp_path: Path, name: str, memory: Record) -> None:
    _, node, voter = asked(tmp_path, name, memory)
    assert node.stopped
    assert isinstance(voter.memory, Record)
    assert (voter.memory.promise, voter.memory.holds) == (SIX, frozenset({SIX}))


def test_who_has_voted_keeps_to_that_candidate_for_a_moment(tmp_path: Path) -> None:
    standing = Record(promise=SIX, asking=SIX, holds=frozenset({SIX}))
    ballots, _, _ = booth(tmp_path, "postgres-0", standing)
    ballots.vote(Request(SIX))
    second = ballots.vote(Request(Epoch(8)))
    assert second == Refused("this node has just voted for 6", SIX, taken=True)
