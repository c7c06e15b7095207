import math

import pytest

from chaos.checkers.gaps import gaps, redundancy
from chaos.checkers.tests.made import acks, fault, op, story, well
from chaos.events import Event, Health

END = well(50)


@pytest.mark.parametrize(
    ("times", "fault_at", "gap", "rto"),
    [
        ((1, 2, 5, 6), 2.5, 3, 2.5),
        ((6, 5, 2, 1), 2.5, 3, 2.5),  # the order of the file does not matter
        ((1, 9, 10, 11), 9.5, 1, 0.5),  # a long silence before the fault is not the fault's
        ((1, 2, 3, 7), 1.5, 4, 4),  # nor need the gap begin at once
        ((1, 2), 2.5, math.inf, math.inf),  # nothing was acknowledged any more
    ],
)
def test_the_gap_is_the_longest_silence_that_ends_after_the_fault(
    times: tuple[float, ...], fault_at: float, gap: float, rto: float
) -> None:
    _, figures = gaps(story(acks(*times), fault(fault_at), END), "write_gap")
    assert figures == {"write_gap.w": gap, "rto.w": rto}


def test_without_a_fault_the_longest_silence_of_all_counts() -> None:
    found, figures = gaps(story(acks(1, 2, 6, 7), END, bounds={"write_gap": 3}), "write_gap")
    assert figures == {"write_gap.w": 4}
    assert found[0].examples == ("w: 4.000 s from +2.000 s on, at most 3 s are allowed",)


def test_an_answer_that_is_no_acknowledgement_does_not_shorten_the_gap() -> None:
    told = story(acks(1, 5), op("x", 2, "unknown"), op("y", 3, "fail"), fault(1.5), END)
    assert gaps(told, "write_gap")[1]["write_gap.w"] == 4


def test_a_silence_that_lasts_until_the_clients_stop_counts_too() -> None:
    told = story(acks(1, 2), op("x", 9, "fail"), fault(1.5), END)
    assert gaps(told, "write_gap")[1]["write_gap.w"] == 7


def test_who_is_not_served_after_the_heal_waits_for_ever() -> None:
    told = story(acks(1, 2.1), op("x", 9, "fail", sent=8), fault(2, healed=7), END)
    found, figures = gaps(told, "write_gap")
    assert figures["write_gap.w"] == math.inf
    assert found[0].examples == ("w: nothing was acknowledged any more after +0.100 s",)


@pytest.mark.parametrize(
    ("events", "judged"),
    [
        ([*fault(2, healed=3), END], True),
        ([*fault(2), END], True),  # heals by itself
        ([*fault(2, healed=3), *fault(4, on="b"), END], False),
        ([*fault(2, healed=3), *fault(20, on="b"), END], True),  # the second one comes later
        ([*fault(0.5, healed=0.6), *fault(2, on="b"), END], False),  # nobody saw it well in between
        ([*fault(0.5, healed=0.6), well(0.9), *fault(2, on="b"), END], True),
    ],
)
def test_only_a_gap_with_one_fault_in_it_is_judged(events: list[Event], judged: bool) -> None:
    found, _ = gaps(
        story(acks(1, 9, 10, 30), events, bounds={"write_gap": 7, "write_gap.w": 21}), "write_gap"
    )
    assert not found
    found, _ = gaps(story(acks(1, 9, 10, 11, 12, 21), events, bounds={"write_gap": 7}), "write_gap")
    assert sum("8.000 s from" in example for one in found for example in one.examples) == judged


def test_a_workload_may_have_a_bound_of_its_own() -> None:
    other = [op(f"x{at}", at, workload="x") for at in (1.0, 9.0)]
    found, _ = gaps(
        story(acks(1, 9), other, fault(2), END, bounds={"write_gap": 10, "write_gap.x": 5}), "write_gap"
    )
    assert [example[:2] for example in found[0].examples] == ["x:"]


def test_who_is_bound_to_one_member_may_be_silent_for_as_long_as_it_is_no_primary() -> None:
    probe = [op(f"p{at}", at, workload="probe@a") for at in (1.0, 90.0)]
    assert gaps(story(probe, fault(2), END, bounds={"write_gap": 10}), "write_gap") == ([], {})


@pytest.mark.parametrize(
    ("marks", "looks", "took"),
    [
        (fault(2, healed=5), [Health(6, ("x",)), well(8), well(9)], 3),
        (fault(2), [well(8)], 6),  # heals by itself
        (fault(2, healed=5), [well(6), Health(7, ("x",)), well(9)], 4),  # for good
        (fault(2, healed=5), [well(6), Health(7, ("x",))], math.inf),
        (fault(2, healed=5), [well(4)], 0),
    ],
)
def test_redundancy_is_full_from_when_on_nobody_complains(
    marks: list[Event], looks: list[Event], took: float
) -> None:
    found, figures = redundancy(story(marks, looks, bounds={"redundancy": 3.5}))
    assert figures == {"redundancy": took}
    assert bool(found) == (3.5 < took < math.inf)  # what never came is found by `health`
