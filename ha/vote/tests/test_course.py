from dataclasses import replace

import pytest

from ha.vote.ballot import Facts
from ha.vote.candidacy import Word
from ha.vote.course import (
    Begin,
    Follow,
    Peer,
    Release,
    Stand,
    Stay,
    StepDown,
    heir,
    may_heed,
    next_move,
    rank,
)
from ha.vote.epoch import Epoch, Position, Seat
from ha.vote.record import GENESIS, Lost, Memory, Record

SEAT = Seat(2, 3, 1)
STANDBY = Record(promise=Epoch(0), floor=Epoch(0))
HOLDING = Record(promise=Epoch(4), floor=Epoch(0), holds=frozenset({Epoch(4)}))
CLOSED = Record(promise=Epoch(4), floor=Epoch(0), closed=Epoch(4))
ASKING = Record(promise=Epoch(4), floor=Epoch(0), asking=Epoch(4), holds=frozenset({Epoch(4)}))
LEADER = Peer(0, GENESIS, leads=Epoch(0))
NEWER = Peer(1, Record(promise=Epoch(4), floor=Epoch(4), leading=Epoch(4)), leads=Epoch(4))
ALONE = Facts()


def move(memory: Memory, facts: Facts, *peers: Peer, impatient: bool = False, seat: Seat = SEAT) -> object:
    return next_move(seat, memory, facts, peers, impatient=impatient)


def test_a_standby_follows_the_newest_primary() -> None:
    assert move(STANDBY, ALONE, LEADER, NEWER) == Follow(1, Epoch(4))
    assert isinstance(move(STANDBY, Facts(following=Epoch(4)), LEADER, NEWER, impatient=True), Stay)


def test_a_bound_node_follows_nobody_older_and_in_the_end_stands() -> None:
    facts = Facts(following=None)
    owner = Peer(1, ASKING)
    assert isinstance(move(HOLDING, facts, LEADER, owner), Stay)
    assert isinstance(move(HOLDING, facts, LEADER, owner, impatient=True), Stand)


def test_a_bound_node_is_free_when_the_owner_says_so() -> None:
    assert move(HOLDING, ALONE, LEADER, Peer(1, CLOSED)) == Release(((Epoch(4), Word.CLOSED),))
    assert move(HOLDING, ALONE, Peer(0, CLOSED), impatient=False) != Release(((Epoch(4), Word.CLOSED),))


def test_without_a_primary_the_impatient_stands() -> None:
    assert isinstance(move(STANDBY, ALONE, Peer(1, STANDBY)), Stay)
    assert isinstance(move(STANDBY, ALONE, Peer(1, STANDBY), impatient=True), Stand)
    assert isinstance(move(STANDBY, Facts(whole=False), Peer(1, STANDBY), impatient=True), Stay)
    assert isinstance(move(ASKING, ALONE, impatient=True, seat=Seat(1, 3, 1)), Stay)


@pytest.mark.parametrize(
    ("facts", "peer", "stops"),
    [
        pytest.param(Facts(primary=True, confirming=1), NEWER, True, id="somebody leads a newer epoch"),
        pytest.param(
            Facts(primary=True, confirming=1),
            Peer(1, Record(promise=Epoch(5), floor=Epoch(5))),
            True,
            id="somebody followed a newer one",
        ),
        pytest.param(Facts(primary=True), Peer(1, HOLDING), True, id="alone, and somebody is bound higher"),
        pytest.param(
            Facts(primary=True, confirming=1), Peer(1, HOLDING), False, id="a mere request, all confirm"
        ),
        pytest.param(Facts(primary=True), Peer(1, STANDBY), False, id="alone, and nobody stands"),
        pytest.param(Facts(primary=True), Peer(1, Lost("torn")), False, id="one that remembers nothing"),
    ],
)
def test_a_primary_stops_for_a_newer_one_and_alone_for_a_higher_hold(
    facts: Facts, peer: Peer, stops: bool
) -> None:
    assert isinstance(move(GENESIS, facts, peer, seat=Seat(0, 3, 1)), StepDown if stops else Stay)


def test_a_primary_that_has_promised_more_than_it_led_stops() -> None:
    granted = replace(GENESIS, promise=Epoch(4), holds=frozenset({Epoch(4)}))
    assert isinstance(move(granted, Facts(primary=True, confirming=1)), StepDown)


def test_a_node_without_its_record_waits_for_all_others_and_a_primary() -> None:
    lost = Lost("torn")
    follower = Peer(1, STANDBY)
    begin = move(lost, ALONE, LEADER, follower)
    assert isinstance(begin, Begin)
    assert (begin.ordinal, begin.record.promise) == (0, 0)
    assert isinstance(move(lost, ALONE, LEADER), Stay)
    assert isinstance(move(lost, ALONE, follower, replace(LEADER, leads=None)), Stay)
    assert isinstance(move(lost, ALONE, LEADER, Peer(1, ASKING)), Stay)


AT = Position(Epoch(0), 100)


def test_those_ahead_stand_first_and_of_equals_the_lowest_ordinal() -> None:
    me = Seat(1, 3, 1)
    equal = [Peer(0, STANDBY, position=AT), Peer(2, STANDBY, position=AT)]
    assert rank(me, AT, equal) == 1
    assert rank(me, Position(Epoch(0), 101), equal) == 0
    assert rank(me, Position(Epoch(0), 99), equal) == 2
    assert rank(me, AT, [replace(equal[0], whole=False), Peer(2, Lost("torn"), position=AT)]) == 0


def test_of_two_that_received_until_a_moment_ago_the_lowest_ordinal_stands_first() -> None:
    behind = Position(Epoch(0), 99)
    first, last = Seat(0, 3, 1), Seat(2, 3, 1)
    assert rank(first, AT, [Peer(2, STANDBY, position=behind, receiving=True)]) == 0
    assert rank(last, AT, [Peer(0, STANDBY, position=behind, receiving=True)]) == 1
    assert rank(last, AT, [Peer(0, STANDBY, replayed=False, receiving=True)]) == 1
    assert rank(last, AT, [Peer(0, STANDBY, position=behind)]) == 0


def test_the_heir_holds_the_shutdown_checkpoint() -> None:
    behind, there = Peer(1, STANDBY, position=Position(Epoch(0), 99)), Peer(2, STANDBY, position=AT)
    assert heir(AT, [behind, there]) == 2
    assert heir(AT, [behind, there], wanted=1) is None
    assert heir(AT, [behind, replace(there, whole=False)]) is None


def test_a_wish_is_heeded_only_from_the_primary_that_is_followed() -> None:
    assert may_heed(STANDBY, Epoch(0))
    assert not may_heed(Record(promise=Epoch(4), floor=Epoch(4)), Epoch(0))
    assert not may_heed(Lost("torn"), Epoch(0))
