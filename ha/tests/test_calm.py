from collections.abc import Callable
from itertools import accumulate

import pytest

from ha.node.calm import LOOK_EVERY_S, Cores, await_calm, busy_share, cores, is_calm

STAT = "cpu  100 5 50 700 45 0 20 80 40 0\ncpu0 50 2 25 350 22 0 10 40 20 0\nintr 1\n"


def watched(shares: list[float]) -> Callable[[], Cores]:
    """A machine that is busy by these shares, look after look, in steps of 100 ticks."""
    idle = list(accumulate([0, *(round(100 * (1 - share)) for share in shares)]))
    looks = iter(Cores(idle=each, total=100 * n) for n, each in enumerate(idle))
    return lambda: next(looks)


def test_a_guest_is_not_counted_twice_and_waiting_for_a_disk_is_idle() -> None:
    assert cores(STAT) == Cores(idle=745, total=1000)


@pytest.mark.parametrize("stat", ["", "cpu0 1 2 3 4 5 6 7 8\n", "cpu 1 2\n", "cpu a b c d e f g h\n"])
def test_another_kernel_s_text_is_refused(stat: str) -> None:
    with pytest.raises(ValueError, match="/proc/stat"):
        cores(stat)


def test_busy_is_what_was_not_idle_between_two_looks() -> None:
    assert busy_share(Cores(100, 1000), Cores(125, 1100)) == 0.75
    assert busy_share(Cores(100, 1000), Cores(100, 1000)) == 0


@pytest.mark.parametrize(
    ("shares", "calm"),
    [([], False), ([0.1], False), ([0.9, 0.1], False), ([0.9, 0.1, 0.2], True), ([0.1, 0.2, 0.9], False)],
)
def test_calm_is_two_looks_in_a_row(shares: list[float], calm: bool) -> None:
    assert is_calm(shares) is calm


def test_the_stampede_of_a_drain_is_waited_for() -> None:
    slept: list[float] = []
    seen = await_calm(watched([0.7, 0.99, 0.98, 0.6, 0.5, 0.1]), sleep=slept.append)
    assert [round(each, 2) for each in seen] == [0.7, 0.99, 0.98, 0.6, 0.5]
    assert slept == [LOOK_EVERY_S] * 5


def test_a_machine_that_stays_busy_is_not_waited_for_for_ever() -> None:
    assert len(await_calm(watched([0.99] * 100), within_s=3, sleep=lambda _: None)) == 10
