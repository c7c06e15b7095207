import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.checkers import duplicated, lateness, lost, unexpected, write_gap
from chaos.ops import Operation, Outcome


def op(value: str, completed: float, outcome: Outcome = "ok", delay: float = 0.0) -> Operation:
    return Operation("ledger", value, completed, completed + delay, completed + delay, outcome)


def acks(*times: float) -> list[Operation]:
    return [op(f"v{time}", time) for time in times]


@pytest.mark.parametrize(
    ("outcome", "present", "expected"),
    [
        ("ok", ["a"], []),
        ("ok", [], ["a"]),  # the bad history
        ("ok", ["b"], ["a"]),
        ("unknown", [], []),
        ("unknown", ["a"], []),
        ("fail", [], []),
    ],
)
def test_only_what_was_acknowledged_can_be_lost(
    outcome: Outcome, present: list[str], expected: list[str]
) -> None:
    assert lost([op("a", 1, outcome)], present) == expected


@pytest.mark.parametrize(
    ("outcome", "present", "expected"),
    [
        ("ok", ["a"], []),
        ("unknown", ["a"], []),
        ("fail", [], []),
        ("fail", ["a"], ["a"]),  # "surely not applied" was wrong
        ("ok", ["a", "ghost"], ["ghost"]),
    ],
)
def test_nothing_appears_from_nowhere(outcome: Outcome, present: list[str], expected: list[str]) -> None:
    assert unexpected([op("a", 1, outcome)], present) == expected


@pytest.mark.parametrize(("present", "expected"), [([], []), (["a", "b"], []), (["a", "b", "a"], ["a"])])
def test_a_value_is_stored_once(present: list[str], expected: list[str]) -> None:
    assert duplicated(present) == expected


@pytest.mark.parametrize(
    ("times", "fault_at", "gap"),
    [
        ((1, 2, 5, 6), 2.5, 3),
        ((6, 5, 2, 1), 2.5, 3),  # the order of the file does not matter
        ((1, 9, 10, 11), 9.5, 1),  # a long silence before the fault is not the fault's
        ((1, 2, 3, 7), 1.5, 4),  # nor need the gap begin at once
        ((1, 2), 2.5, math.inf),  # nothing was acknowledged any more
    ],
)
def test_the_gap_is_the_longest_silence_that_ends_after_the_fault(
    times: tuple[float, ...], fault_at: float, gap: float
) -> None:
    assert write_gap(acks(*times), fault_at) == gap


def test_an_answer_that_is_no_acknowledgement_does_not_shorten_the_gap() -> None:
    history = [*acks(1, 5), op("x", 2, "unknown"), op("y", 3, "fail")]
    assert write_gap(history, 1.5) == 4


@pytest.mark.parametrize("history", [[], acks(3), [op("x", 1, "unknown"), *acks(3)]])
def test_a_run_without_an_acknowledgement_before_the_fault_proves_nothing(history: list[Operation]) -> None:
    with pytest.raises(ValueError, match="before the fault"):
        write_gap(history, 2)


@given(st.lists(st.integers(0, 100), min_size=2, unique=True), st.integers(0, 100))
def test_the_gap_agrees_with_an_obvious_reference(times: list[int], fault_at: int) -> None:
    if min(times) > fault_at or max(times) <= fault_at:
        return
    silences = [(a, b) for a in times for b in times if a < b and not any(a < other < b for other in times)]
    assert write_gap(acks(*times), fault_at) == max(b - a for a, b in silences if b > fault_at)


def test_a_late_generator_is_seen() -> None:
    punctual = [op(str(number), number) for number in range(98)]
    assert lateness(punctual) == 0
    assert lateness([*punctual, op("late", 99, delay=0.5), op("too", 99, delay=0.5)]) == 0.5


def test_an_empty_run_has_no_lateness() -> None:
    with pytest.raises(ValueError, match="no operations"):
        lateness([])
