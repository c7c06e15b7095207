from dataclasses import replace

import pytest

from ha.vote.ballot import Act, Bound, Facts, Granted, Refused, Request, Silent, answer, consider
from ha.vote.epoch import Epoch, Position, Seat
from ha.vote.record import GENESIS, Lost, Record, Reign

SEAT = Seat(2, 3, 1)
STANDBY = Record(promise=Epoch(3), floor=Epoch(3), reigns=(Reign(Epoch(0), 0), Reign(Epoch(3), 100)))
STREAMING = Facts(receiving=True, following=Epoch(3), lsn=150)
DETACHED = Facts(lsn=150)
SIX = Epoch(6)


def bound(record: Record, facts: Facts, epoch: Epoch = SIX) -> Bound:
    result = consider(SEAT, record, facts, Request(epoch))
    assert isinstance(result, Bound)
    return result


def test_a_vote_promises_holds_and_detaches_before_it_is_told() -> None:
    vote = bound(STANDBY, STREAMING)
    assert (vote.record.promise, vote.record.holds) == (SIX, frozenset({SIX}))
    assert vote.acts == (Act.DETACH, Act.TELL)


def test_what_was_held_before_is_still_held() -> None:
    held = replace(STANDBY, promise=Epoch(5), holds=frozenset({Epoch(5)}))
    assert bound(held, DETACHED).record.holds == {Epoch(5), SIX}


def test_a_primary_without_its_standbys_stops_before_it_votes() -> None:
    vote = bound(GENESIS, Facts(primary=True, lsn=150))
    assert vote.acts == (Act.STOP_PRIMARY, Act.DETACH, Act.TELL)


def test_a_vote_for_another_ends_the_own_candidacy_for_good() -> None:
    candidate = replace(STANDBY, promise=Epoch(5), asking=Epoch(5), holds=frozenset({Epoch(5)}))
    record = bound(candidate, DETACHED).record
    assert (record.asking, record.closed, record.holds) == (None, Epoch(5), frozenset({SIX}))


@pytest.mark.parametrize("epoch", [Epoch(0), Epoch(3), Epoch(1)])
def test_nothing_up_to_the_promise_is_granted(epoch: Epoch) -> None:
    refused = consider(SEAT, STANDBY, DETACHED, Request(epoch))
    assert isinstance(refused, Refused)
    assert refused.seen == Epoch(3)


def test_the_same_candidate_may_ask_again() -> None:
    once = bound(STANDBY, STREAMING).record
    assert bound(once, DETACHED).record == once


def test_a_released_vote_is_not_given_again() -> None:
    released = replace(STANDBY, promise=SIX)
    assert isinstance(consider(SEAT, released, DETACHED, Request(SIX)), Refused)


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        pytest.param(Facts(primary=True, confirming=1), True, id="a primary whose standbys confirm"),
        pytest.param(Facts(primary=True, confirming=0), False, id="a primary nobody confirms to"),
        pytest.param(Facts(primary=True, settling=True), True, id="a primary of a moment ago"),
        pytest.param(Facts(receiving=True, assured=Epoch(0)), True, id="a standby told so by its primary"),
        pytest.param(Facts(receiving=True), False, id="a standby that only hears its primary"),
        pytest.param(Facts(loyal=Epoch(5)), True, id="one that has just voted for somebody else"),
    ],
)
def test_who_has_a_working_primary_refuses_and_is_not_bound(facts: Facts, refused: bool) -> None:
    assert isinstance(consider(SEAT, GENESIS, facts, Request(SIX)), Refused) is refused


@pytest.mark.parametrize(("handoff", "refused"), [(Epoch(3), False), (Epoch(0), True), (None, True)])
def test_only_the_primary_that_gave_the_assurance_can_take_it_back(
    handoff: Epoch | None, refused: bool
) -> None:
    assured = replace(STREAMING, assured=Epoch(3))
    assert isinstance(consider(SEAT, STANDBY, assured, Request(SIX, handoff)), Refused) is refused


def test_a_stopped_primarys_wish_goes_before_a_vote_of_a_moment_ago() -> None:
    loyal = replace(DETACHED, loyal=Epoch(5))
    assert consider(SEAT, STANDBY, loyal, Request(SIX)) == Refused(
        "this node has just voted for 5", STANDBY.highest, taken=True
    )
    assert isinstance(consider(SEAT, STANDBY, loyal, Request(SIX, Epoch(3))), Bound)


def test_with_five_nodes_one_confirming_standby_is_no_working_primary() -> None:
    facts = Facts(primary=True, confirming=1)
    assert isinstance(consider(Seat(0, 5, 2), GENESIS, facts, Request(SIX)), Bound)


def test_a_half_made_copy_and_a_lost_record_are_silent() -> None:
    assert isinstance(consider(SEAT, STANDBY, Facts(whole=False), Request(SIX)), Silent)
    assert isinstance(consider(SEAT, Lost("torn"), DETACHED, Request(SIX)), Silent)
    assert isinstance(answer(Lost("torn"), DETACHED, SIX), Silent)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(replace(DETACHED, receiving=True), id="a walreceiver is left"),
        pytest.param(replace(DETACHED, primary=True), id="its primary is still stopping"),
        pytest.param(replace(DETACHED, replayed=False), id="it still replays"),
        pytest.param(replace(DETACHED, whole=False), id="a rewind is unfinished"),
    ],
)
def test_a_position_that_may_still_change_is_not_told(facts: Facts) -> None:
    assert isinstance(answer(bound(STANDBY, STREAMING).record, facts, SIX), Silent)


def test_the_position_names_the_writer_of_the_last_record() -> None:
    record = bound(STANDBY, STREAMING).record
    assert answer(record, DETACHED, SIX) == Granted(SIX, Position(Epoch(3), 150))
    assert answer(record, replace(DETACHED, lsn=100), SIX) == Granted(SIX, Position(Epoch(0), 100))


def test_a_vote_that_a_higher_one_overtook_is_not_told() -> None:
    overtaken = bound(bound(STANDBY, STREAMING).record, DETACHED, Epoch(7)).record
    assert isinstance(answer(overtaken, DETACHED, SIX), Refused)
