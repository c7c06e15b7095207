from dataclasses import replace

import pytest

from ha.vote.allegiance import adopt, follow, release, why_not_follow
from ha.vote.ballot import Act, Bound
from ha.vote.candidacy import Word
from ha.vote.epoch import NEVER, Epoch, Seat
from ha.vote.lineage import Way, common, is_own_end, opens_at_once, position, way_back
from ha.vote.record import GENESIS, Lost, Record, Reign

HELD = Record(promise=Epoch(7), floor=Epoch(3), holds=frozenset({Epoch(5), Epoch(7)}))
REIGNS = (Reign(Epoch(0), 0, 1), Reign(Epoch(7), 100, 2))


@pytest.mark.parametrize(("word", "ends"), [(w, w is Word.CLOSED) for w in Word])
def test_a_hold_ends_only_when_its_owner_calls_it_closed(word: Word, ends: bool) -> None:
    assert (Epoch(5) not in release(HELD, {Epoch(5): word}).holds) is ends
    assert Epoch(7) in release(HELD, {Epoch(5): word}).holds


@pytest.mark.parametrize(
    ("epoch", "allowed"),
    [(Epoch(0), False), (Epoch(3), False), (Epoch(5), False), (Epoch(7), True), (Epoch(9), True)],
)
def test_nobody_older_than_the_floor_or_a_hold_is_followed(epoch: Epoch, allowed: bool) -> None:
    assert (why_not_follow(HELD, epoch) is None) is allowed
    assert isinstance(follow(HELD, epoch, None), Bound) is allowed


def test_after_its_holds_are_closed_a_node_returns_to_the_old_primary() -> None:
    free = replace(HELD, holds=frozenset())
    assert isinstance(follow(free, Epoch(3), None), Bound)
    assert isinstance(follow(free, Epoch(0), None), str)


def test_following_binds_before_it_connects() -> None:
    bound = follow(HELD, Epoch(9), REIGNS)
    assert isinstance(bound, Bound)
    assert (bound.record.floor, bound.record.promise, bound.record.holds) == (9, 9, frozenset())
    assert bound.record.reigns == REIGNS
    assert bound.acts == (Act.CONNECT,)


def test_to_follow_an_older_one_lowers_no_promise() -> None:
    bound = follow(replace(HELD, holds=frozenset()), Epoch(3), None)
    assert isinstance(bound, Bound)
    assert (bound.record.promise, bound.record.reigns) == (7, HELD.reigns)


def test_a_candidate_follows_a_newer_primary_and_closes_its_epoch() -> None:
    candidate = Record(promise=Epoch(4), asking=Epoch(4), holds=frozenset({Epoch(4)}))
    bound = follow(candidate, Epoch(5), None)
    assert isinstance(bound, Bound)
    assert (bound.record.asking, bound.record.closed) == (None, 4)
    assert isinstance(follow(candidate, Epoch(3), None), str)


def test_nobody_follows_itself_or_without_a_record() -> None:
    assert isinstance(follow(GENESIS, Epoch(0), None), str)
    assert follow(Lost("torn"), Epoch(5), None) == "torn"


def test_the_epoch_of_a_record_is_known_before_the_row_that_names_it() -> None:
    record = adopt(HELD, REIGNS)
    assert position(record, 100) == (0, 100)
    assert position(record, 101) == (7, 101)


@pytest.mark.parametrize(
    ("reigns", "own"),
    [
        pytest.param([Reign(Epoch(3), 0), Reign(Epoch(7), 100)], False, id="it was a standby"),
        pytest.param([Reign(Epoch(4), 0), Reign(Epoch(7), 100)], True, id="it was the last primary"),
        pytest.param([Reign(Epoch(4), 0), Reign(Epoch(6), 50), Reign(Epoch(7), 100)], False, id="long ago"),
        pytest.param(
            [Reign(Epoch(3), 0), Reign(Epoch(4), 100), Reign(Epoch(7), 100)], False, id="wrote nothing"
        ),
        pytest.param([Reign(Epoch(7), 0)], True, id="nobody knows"),
    ],
)
def test_who_wrote_the_end_of_what_a_winner_holds(reigns: list[Reign], own: bool) -> None:
    record = Record(promise=Epoch(7), floor=Epoch(7), leading=Epoch(7), reigns=tuple(reigns))
    assert is_own_end(record, Seat(1, 3, 1)) is own


@pytest.mark.parametrize(
    ("before", "resuming", "forced", "opens"),
    [
        pytest.param(Epoch(3), False, False, True, id="it was a standby"),
        pytest.param(Epoch(4), False, False, False, id="it was the last primary"),
        pytest.param(Epoch(3), True, False, False, id="it goes on after a restart"),
        pytest.param(Epoch(4), False, True, True, id="an operator made it lead"),
    ],
)
def test_who_lets_clients_in_before_its_standbys_confirm(
    before: Epoch, resuming: bool, forced: bool, opens: bool
) -> None:
    reigns = (Reign(before, 0), Reign(Epoch(7), 100))
    by = Epoch(7) if forced else NEVER
    record = Record(promise=Epoch(7), floor=Epoch(7), leading=Epoch(7), reigns=reigns, forced=by)
    assert opens_at_once(record, Seat(1, 3, 1), resuming=resuming) is opens


MINE = (Reign(Epoch(0), 0, 1), Reign(Epoch(4), 100, 2))


@pytest.mark.parametrize(
    ("mine", "lsn", "theirs", "way"),
    [
        pytest.param(MINE[:1], 100, REIGNS, Way.STREAM, id="stopped where the other one began"),
        pytest.param(MINE[:1], 101, REIGNS, Way.REWIND, id="one record more than that, on the old timeline"),
        pytest.param(MINE, 100, REIGNS, Way.STREAM, id="followed another, and received nothing"),
        pytest.param(MINE, 101, REIGNS, Way.CLONE, id="the same number for another epoch"),
        pytest.param(
            (MINE[0], Reign(Epoch(4), 90, 3)), 95, REIGNS, Way.REWIND, id="another number for another epoch"
        ),
        pytest.param((MINE[0], Reign(Epoch(4), 90)), 95, REIGNS, Way.CLONE, id="a number that is not known"),
        pytest.param(REIGNS, 500, REIGNS, Way.STREAM, id="the same history"),
        pytest.param(REIGNS[:1], 50, (REIGNS[0],), Way.STREAM, id="behind in the same reign"),
        pytest.param((), 0, REIGNS, Way.CLONE, id="nothing at all"),
    ],
)
def test_divergence_is_decided_by_epochs_and_where_they_began(
    mine: tuple[Reign, ...], lsn: int, theirs: tuple[Reign, ...], way: Way
) -> None:
    assert way_back(mine, lsn, theirs) is way


def test_two_histories_are_one_up_to_where_the_first_left() -> None:
    assert common(MINE, REIGNS) == 100
    assert common(MINE, MINE[:1]) == 100
    assert common(MINE, MINE) is None
