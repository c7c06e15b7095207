import pytest

from ha.node.fence import FENCE_AFTER_S, is_isolated, should_fence
from ha.vote.epoch import Seat

THREE, FIVE = Seat(0, 3, 1), Seat(0, 5, 2)


@pytest.mark.parametrize(
    ("seat", "confirming", "heard", "isolated"),
    [
        pytest.param(THREE, 0, 0, True, id="cut off"),
        pytest.param(THREE, 1, 0, False, id="a standby confirms, whatever its agent does"),
        pytest.param(THREE, 0, 1, False, id="both servers restart, one agent answers"),
        pytest.param(FIVE, 1, 1, True, id="cut off with one of four"),
        pytest.param(FIVE, 0, 2, False, id="a majority of agents answers"),
        pytest.param(FIVE, 2, 0, False, id="two confirm"),
    ],
)
def test_isolation(seat: Seat, confirming: int, heard: int, isolated: bool) -> None:
    assert is_isolated(seat, confirming, heard) is isolated


def test_a_blip_is_no_isolation() -> None:
    assert [should_fence(FENCE_AFTER_S - 0.1), should_fence(FENCE_AFTER_S)] == [False, True]
