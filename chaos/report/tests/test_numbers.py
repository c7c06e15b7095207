import math

import pytest

from chaos.report.numbers import Distribution, Goal, rank, seconds


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 2.0, 3.0], 0.5, 2.0),
        (list(range(1, 21)), 0.95, 19),
        (list(range(1, 20)), 0.95, 19),
        ([7.0], 0.95, 7.0),
        ([1.0, math.inf], 0.95, math.inf),
    ],
)
def test_a_rank_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    assert rank(values, share) == expected


def test_no_values_have_no_rank() -> None:
    with pytest.raises(ValueError, match="no values"):
        rank([], 0.5)


@pytest.mark.parametrize(
    ("values", "met"),
    [
        ([1.0] * 20, "aim"),
        ([3.0] * 20, "must"),
        ([1.0] * 18 + [4.5] * 2, "must"),  # its median is good enough for the aim, its p95 is not
        ([1.0] * 18 + [9.0] * 2, "missed"),
        ([1.0] * 19 + [9.0], "aim"),  # one of 20 is beyond p95
        ([1.0] * 19, "aim?"),
        ([math.inf] * 20, "missed"),
    ],
)
def test_a_goal_is_met_at_both_quantiles(values: list[float], met: str) -> None:
    assert Goal("write_gap", must=(4, 6), aim=(2, 3)).met(Distribution.of(values)) == met


def test_nothing_measured_meets_nothing() -> None:
    assert Goal("write_gap", must=(4, 6)).met(None) == ""


@pytest.mark.parametrize(("value", "said"), [(3.26, "3.3 s"), (0.453, "0.45 s"), (math.inf, "never")])
def test_seconds_are_said_in_two_digits(value: float, said: str) -> None:
    assert seconds(value) == said
