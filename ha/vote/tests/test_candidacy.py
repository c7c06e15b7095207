from dataclasses import replace

import pytest

from ha.vote.ballot import Act, Answer, Bound, Facts, Granted, Refused, Silent
from ha.vote.candidacy import (
    ASK_FOR_S,
    WAIT_FOR_S,
    YIELD_AFTER_S,
    Next,
    Verdict,
    Word,
    close,
    count,
    lead,
    next_try,
    promised_since,
    says,
    stand,
)
from ha.vote.epoch import NEVER, Epoch, Position, Seat
from ha.vote.record import GENESIS, Lost, Record, Reign

SEAT = Seat(1, 3, 1)
FOUR = Epoch(4)
CANDIDATE = Record(
    promise=FOUR, asking=FOUR, holds=frozenset({FOUR}), floor=Epoch(0), reigns=(Reign(Epoch(0), 0),)
)
FACTS = Facts(lsn=100)


def granted(lsn: int, epoch: int = 0) -> Granted:
    return Granted(FOUR, Position(Epoch(epoch), lsn))


def test_a_candidate_is_bound_to_its_own_epoch_before_it_asks() -> None:
    standby = Record(promise=Epoch(2), holds=frozenset({Epoch(2)}))
    begun = stand(SEAT, standby, FACTS, [Epoch(6)])
    assert isinstance(begun, Bound)
    assert begun.record.asking == begun.record.promise == Epoch(7)
    assert begun.record.holds == {Epoch(2), Epoch(7)}
    assert begun.acts == (Act.DETACH, Act.ASK)


def test_a_new_candidacy_closes_the_last() -> None:
    begun = stand(SEAT, CANDIDATE, FACTS)
    assert isinstance(begun, Bound)
    assert (begun.record.asking, begun.record.closed, begun.record.holds) == (7, 4, frozenset({7}))


@pytest.mark.parametrize("facts", [Facts(primary=True), Facts(whole=False)])
def test_a_primary_and_a_half_made_copy_do_not_stand(facts: Facts) -> None:
    assert isinstance(stand(SEAT, CANDIDATE, facts), Silent)
    assert isinstance(stand(SEAT, Lost("torn"), FACTS), Silent)


@pytest.mark.parametrize(
    ("answers", "allowed", "lost"),
    [
        pytest.param({0: granted(100)}, True, False, id="two of three, equally far"),
        pytest.param({0: granted(100), 2: Silent("replays")}, True, False, id="silence is no refusal"),
        pytest.param({}, False, False, id="alone"),
        pytest.param({0: Silent("stops"), 2: Silent("replays")}, False, False, id="silence is no vote"),
        pytest.param({0: granted(101)}, False, True, id="a voter is ahead"),
        pytest.param(
            {0: granted(101), 2: granted(100)}, True, False, id="enough without the one that is ahead"
        ),
        pytest.param({0: granted(101), 2: Silent("detaches")}, False, False, id="the other may be enough"),
        pytest.param({0: granted(101), 2: Silent("", heard=False)}, False, True, id="the other says nothing"),
        pytest.param({0: granted(101), 2: granted(101)}, False, True, id="both are ahead"),
        pytest.param({0: granted(1, epoch=3)}, False, True, id="a voter has a newer epoch's record"),
        pytest.param({0: granted(100), 2: Refused("no", FOUR)}, False, True, id="one refused"),
        pytest.param({0: Granted(Epoch(1), Position(Epoch(0), 1))}, False, False, id="a vote for another"),
    ],
)
def test_enough_votes_none_ahead_and_nobody_against(
    answers: dict[int, Answer], allowed: bool, lost: bool
) -> None:
    verdict = count(SEAT, CANDIDATE, FACTS, answers)
    assert (verdict.allowed, verdict.lost) == (allowed, lost)


@pytest.mark.parametrize(("seat", "votes"), [(Seat(1, 5, 2), 3), (Seat(1, 5, 1), 4), (Seat(1, 3, 0), 3)])
def test_the_votes_that_are_needed_follow_from_n_and_k(seat: Seat, votes: int) -> None:
    others = [i for i in range(seat.members) if i != 1]
    for given in range(seat.members):
        answers = {i: granted(100) for i in others[:given]}
        assert count(seat, CANDIDATE, FACTS, answers).allowed is (given + 1 >= votes)


def test_the_candidate_itself_must_be_able_to_vote() -> None:
    receiving = replace(FACTS, receiving=True)
    assert not count(SEAT, CANDIDATE, receiving, {0: granted(100)}).allowed
    assert count(SEAT, GENESIS, FACTS, {0: granted(100)}).lost


def test_leading_is_recorded_before_promotion_and_replaces_all_holds() -> None:
    bound = lead(CANDIDATE, FACTS, FOUR)
    assert isinstance(bound, Bound)
    assert (bound.record.leading, bound.record.floor, bound.record.holds) == (4, 4, frozenset())
    assert bound.record.reigns[-1] == Reign(FOUR, 100)
    assert bound.acts == (Act.PROMOTE, Act.WRITE_EPOCH)


def test_who_granted_a_higher_epoch_since_the_count_does_not_lead() -> None:
    since = replace(CANDIDATE, promise=Epoch(5), asking=None, closed=FOUR, holds=frozenset({Epoch(5)}))
    assert isinstance(lead(since, FACTS, FOUR), Refused)
    assert isinstance(lead(close(CANDIDATE), FACTS, FOUR), Refused)
    assert isinstance(lead(Lost("torn"), FACTS, FOUR), Silent)


def test_a_closed_epoch_stays_promised_and_is_held_no_more() -> None:
    closed = close(CANDIDATE)
    assert (closed.promise, closed.closed, closed.asking, closed.holds) == (4, 4, None, frozenset())
    assert close(GENESIS) == GENESIS


LED = Record(promise=Epoch(7), leading=FOUR, closed=Epoch(7), floor=FOUR)


@pytest.mark.parametrize(
    ("memory", "epoch", "word"),
    [
        (CANDIDATE, FOUR, Word.OPEN),
        (close(CANDIDATE), FOUR, Word.CLOSED),
        (close(CANDIDATE), Epoch(1), Word.CLOSED),
        (LED, Epoch(7), Word.CLOSED),
        (LED, FOUR, Word.LED),
        (LED, Epoch(1), Word.LED),
        (CANDIDATE, Epoch(10), Word.UNKNOWN),
        (Lost("torn"), FOUR, Word.UNKNOWN),
    ],
)
def test_only_what_was_never_led_is_called_closed(memory: Record | Lost, epoch: Epoch, word: Word) -> None:
    assert says(memory, epoch) is word


NO = {0: Refused("its standbys confirm", NEVER)}
LEADER = {0: Refused("it leads since a moment", NEVER, taken=True), 2: Refused("its standbys confirm", NEVER)}


@pytest.mark.parametrize(
    ("verdict", "answers", "standing_s", "what"),
    [
        (Verdict(True, ""), {}, 9.0, Next.LEAD),
        (Verdict(False, ""), {}, 0.1, Next.WAIT),
        (Verdict(False, ""), {}, ASK_FOR_S, Next.WAIT),
        (Verdict(False, ""), {}, WAIT_FOR_S, Next.GIVE_UP),
        (Verdict(False, "", behind=True), {}, 0.1, Next.WAIT),
        (Verdict(False, "", behind=True), {}, YIELD_AFTER_S, Next.GIVE_UP),
        (Verdict(False, "", lost=True), NO, 0.1, Next.AGAIN),
        (Verdict(False, "", lost=True), NO, ASK_FOR_S, Next.GIVE_UP),
        (Verdict(False, "", lost=True), LEADER, 0.1, Next.GIVE_UP),
        (Verdict(False, "", lost=True, ended=True), NO, 0.1, Next.GIVE_UP),
        (Verdict(False, "", lost=True), {0: granted(101)}, 0.1, Next.GIVE_UP),
    ],
)
def test_a_refused_candidate_asks_again_a_beaten_one_does_not_and_nobody_waits_for_ever(
    verdict: Verdict, answers: dict[int, Answer], standing_s: float, what: Next
) -> None:
    assert next_try(verdict, answers, standing_s) is what


def test_a_candidate_that_has_voted_for_somebody_since_does_not_stand_again() -> None:
    closed = close(CANDIDATE)
    assert promised_since(closed, FOUR) is None
    voted = replace(closed, promise=Epoch(5), holds=frozenset({Epoch(5)}))
    assert promised_since(voted, FOUR) == "this node has promised 5 since it stood with 4"


def test_an_operators_word_lowers_the_number_of_votes_and_nothing_else() -> None:
    assert not count(SEAT, CANDIDATE, FACTS, {}).allowed
    assert count(SEAT, CANDIDATE, FACTS, {}, forced=1).allowed
    assert not count(SEAT, CANDIDATE, FACTS, {2: granted(101)}, forced=1).allowed
    assert not count(SEAT, CANDIDATE, FACTS, {0: granted(100), 2: granted(101)}, forced=1).allowed
    assert not count(SEAT, CANDIDATE, FACTS, {2: Refused("it is primary", FOUR)}, forced=1).allowed


def test_the_record_says_that_an_operator_made_it_lead_until_its_next_epoch() -> None:
    for forced in (True, False):
        bound = lead(CANDIDATE, FACTS, FOUR, forced=forced)
        assert isinstance(bound, Bound)
        assert bound.record.is_forced is forced
        assert Record.from_json(bound.record.to_json()) == bound.record
