from dataclasses import replace

import pytest

from ha.vote.ballot import Act, Bound
from ha.vote.candidacy import Word, says
from ha.vote.epoch import NEVER, Epoch, Seat
from ha.vote.life import noted_timeline, reborn, restart
from ha.vote.record import GENESIS, Lost, Record, Reign

STANDBY = Record(promise=Epoch(3), floor=Epoch(3))


@pytest.mark.parametrize(
    ("record", "in_place"),
    [
        pytest.param(GENESIS, True, id="a primary that promised nothing since"),
        pytest.param(Record(promise=Epoch(4), leading=Epoch(0), floor=Epoch(0)), False, id="a deposed one"),
        pytest.param(
            Record(promise=Epoch(3), leading=Epoch(0), floor=Epoch(3)), False, id="one that followed"
        ),
        pytest.param(STANDBY, False, id="a standby"),
        pytest.param(Record(), False, id="one that never did anything"),
    ],
)
def test_only_a_primary_that_promised_nothing_since_restarts_in_place(record: Record, in_place: bool) -> None:
    bound = restart(record)
    assert isinstance(bound, Bound)
    assert (Act.RESUME in bound.acts, Act.START_STANDBY in bound.acts) == (in_place, not in_place)


def test_a_primary_in_place_serves_nobody_before_its_standbys_have_confirmed() -> None:
    bound = restart(GENESIS)
    assert isinstance(bound, Bound)
    assert bound.acts[-1] is Act.SERVE_CONFIRMED


def test_a_restarted_candidate_has_closed_its_epoch() -> None:
    bound = restart(Record(promise=Epoch(4), asking=Epoch(4), holds=frozenset({Epoch(2), Epoch(4)})))
    assert isinstance(bound, Bound)
    assert (bound.record.asking, bound.record.closed, bound.record.holds) == (None, 4, frozenset({2}))


def test_a_lost_record_stays_lost() -> None:
    assert restart(Lost("torn")) == Lost("torn")


CANDIDATE = Record(promise=Epoch(7), asking=Epoch(7), holds=frozenset({Epoch(5), Epoch(7)}), floor=Epoch(3))


def test_a_forgetful_node_is_bound_to_whatever_it_may_have_granted() -> None:
    record = reborn(Seat(0, 3, 1), {1: CANDIDATE, 2: STANDBY})
    assert isinstance(record, Record)
    assert (record.promise, record.floor, record.holds) == (7, 3, frozenset({5, 7}))


@pytest.mark.parametrize("peers", [{2: Lost("torn")}, {1: CANDIDATE}, {1: CANDIDATE, 2: Lost("torn")}])
def test_without_every_other_member_it_cannot_know(peers: dict[int, Record | Lost]) -> None:
    why = reborn(Seat(0, 3, 1), dict(peers))
    assert isinstance(why, str)
    assert "ordinal 2 did not tell" in why


def test_what_a_forgetful_node_asked_for_ends_unless_somebody_followed_it() -> None:
    granter = Record(promise=Epoch(4), holds=frozenset({Epoch(4)}))
    record = reborn(Seat(1, 3, 1), {0: granter, 2: STANDBY})
    assert isinstance(record, Record)
    assert (says(record, Epoch(4)), record.holds) == (Word.CLOSED, frozenset())
    follower = Record(promise=Epoch(4), floor=Epoch(4))
    record = reborn(Seat(1, 3, 1), {0: granter, 2: follower})
    assert isinstance(record, Record)
    assert (says(record, Epoch(4)), record.floor, record.leading) == (Word.UNKNOWN, 4, NEVER)


def test_a_winner_notes_the_number_its_timeline_got() -> None:
    record = Record(reigns=(Reign(Epoch(0), 0, 1), Reign(Epoch(4), 100)))
    assert noted_timeline(record, 2).reigns == (Reign(Epoch(0), 0, 1), Reign(Epoch(4), 100, 2))


FOUNDER = Lost("there is none", blank=True)


def test_founders_do_not_wait_for_one_another() -> None:
    record = reborn(Seat(1, 3, 1), {0: GENESIS, 2: FOUNDER})
    assert isinstance(record, Record)
    assert (record.promise, record.floor, record.holds) == (0, 0, frozenset())


@pytest.mark.parametrize(
    "peers",
    [
        pytest.param({0: GENESIS, 2: Lost("torn")}, id="a record that was there"),
        pytest.param(
            {0: STANDBY, 2: FOUNDER}, id="somebody stood once: what the blank one granted is unknown"
        ),
        pytest.param({0: FOUNDER, 2: FOUNDER}, id="nobody knows anything"),
    ],
)
def test_a_blank_volume_is_a_founder_only_while_nobody_ever_stood(peers: dict[int, Record | Lost]) -> None:
    assert isinstance(reborn(Seat(1, 3, 1), dict(peers)), str)


def test_nobody_waits_for_those_whom_an_operator_called_gone() -> None:
    leader = Record(promise=Epoch(6), floor=Epoch(6), leading=Epoch(6))
    assert isinstance(reborn(Seat(1, 3, 1), {0: leader, 2: FOUNDER}), str)
    record = reborn(Seat(1, 3, 1), {0: replace(leader, forced=Epoch(6)), 2: FOUNDER})
    assert isinstance(record, Record)
    assert (record.promise, record.floor) == (6, 6)
    assert isinstance(reborn(Seat(1, 3, 1), {0: replace(leader, forced=Epoch(3))}), str)
