from __future__ import annotations

from dataclasses import replace

import pytest

from ha.vote.course import Peer
from ha.vote.epoch import Epoch, Position, Seat
from ha.vote.record import Lost, Record
from ha.vote.unlock import Unlock, all_back, may_unlock

RECORD = Record(promise=Epoch(4), floor=Epoch(4))
LOST = Lost("there is none", blank=True)


def member(ordinal: int, lsn: int = 100, epoch: int = 4) -> Peer:
    return Peer(ordinal, RECORD, position=Position(Epoch(epoch), lsn))


ME = member(0)
EMPTY = Peer(1, LOST, whole=False, replayed=False)


@pytest.mark.parametrize(
    ("me", "peers", "decided"),
    [
        pytest.param(ME, [], Unlock((0,), (1, 2)), id="nobody else is there"),
        pytest.param(
            ME, [EMPTY, replace(EMPTY, ordinal=2)], Unlock((0,), (1, 2)), id="two volumes were lost"
        ),
        pytest.param(ME, [member(2)], "2 of 3 members can vote and 2 are needed", id="enough for a vote"),
        pytest.param(
            ME, [replace(EMPTY, leads=Epoch(5))], "ordinal 1 leads epoch 5", id="somebody leads already"
        ),
        pytest.param(replace(ME, leads=Epoch(6)), [], "ordinal 0 leads epoch 6", id="it leads itself"),
        pytest.param(replace(ME, memory=LOST), [], "cannot lead: there is none; choose", id="no record"),
        pytest.param(replace(ME, whole=False), [], "a clone or rewind is unfinished", id="half a clone"),
        pytest.param(
            replace(ME, replayed=False), [], "this node still replays", id="it does not know itself"
        ),
    ],
)
def test_when_an_operator_may_make_a_primary(me: Peer, peers: list[Peer], decided: Unlock | str) -> None:
    found = may_unlock(Seat(0, 3, 1), me, peers)
    assert found == decided if isinstance(decided, Unlock) else decided in str(found)


@pytest.mark.parametrize(
    ("other", "decided"),
    [
        pytest.param(member(3), Unlock((0, 3), (1, 2, 4)), id="as much"),
        pytest.param(member(3, 99), Unlock((0, 3), (1, 2, 4)), id="less"),
        pytest.param(member(3, 999, epoch=3), Unlock((0, 3), (1, 2, 4)), id="more, of an older history"),
        pytest.param(member(3, 101), "ordinal 3 holds more (4@0/65 against 4@0/64)", id="more"),
        pytest.param(replace(member(3), replayed=False), "ordinal 3 still replays", id="nobody knows"),
    ],
)
def test_only_who_holds_most_of_those_reached_may_lead(other: Peer, decided: Unlock | str) -> None:
    found = may_unlock(Seat(0, 5, 2), ME, [other])
    assert found == decided if isinstance(decided, Unlock) else decided in str(found)


def test_all_are_back_when_everybody_else_has_a_record() -> None:
    assert all_back(Seat(0, 3, 1), [member(1), member(2)])
    assert not all_back(Seat(0, 3, 1), [member(1)])
    assert not all_back(Seat(0, 3, 1), [EMPTY, member(2)])
