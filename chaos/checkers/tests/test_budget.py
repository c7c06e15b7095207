import pytest

from chaos.checkers.budget import BLIND, SETTLED_S, budget, eviction
from chaos.checkers.tests.made import fault, story, well
from chaos.events import Budget, Event, Eviction


def look(at: float, current: int = 3, expected: int = 3) -> Budget:
    return Budget("postgres", at, current, 2, current - 2, expected)


def asked(at: float, status: int, ready: int) -> Eviction:
    return Eviction("a", at, status, True, ready)


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([look(1)], 0),
        ([look(1, current=2)], 0),
        ([look(1, current=1)], 1),
        ([look(1, expected=0)], 1),  # its selector is wrong
        ([*fault(0.5), look(1, current=1), well(2)], 0),  # a fault does not ask
        ([*fault(0.5, name="node-drained"), look(1, current=1), well(2)], 1),  # a drain does
        ([*fault(0.5), well(2), look(3, current=1)], 1),
    ],
)
def test_the_budget_counts_its_pods_and_is_not_undercut_on_purpose(events: list[Event], count: int) -> None:
    assert sum(found.count for found in budget(story(events, expected_pods=3))) == count


def test_pods_nobody_promised_are_not_missed() -> None:
    assert budget(story(look(1, expected=0))) == []


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([asked(1, 201, 3)], 0),
        ([asked(1, 429, 2)], 0),
        ([asked(1, 201, 2)], 1),
        ([asked(1, 201, 3), asked(1 + SETTLED_S / 2, 201, 2)], 0),  # the budget does not know yet
        ([asked(1, 201, 2), asked(1 + SETTLED_S / 2, 201, 3)], 0),  # or the pod was ready when it was decided
        ([asked(1, 429, 2), asked(3, 201, 2), asked(6, 201, 3)], 0),  # looks are rare on a busy machine
        ([asked(1, 201, 3), asked(3, 429, 2), asked(6, 201, 2)], 1),
        ([*fault(0.5, name=BLIND), asked(1, 201, 2), well(2)], 0),  # nobody updates the budget
        ([*fault(0.5, name=BLIND), well(2), asked(3, 201, 2)], 1),
    ],
)
def test_an_eviction_is_allowed_only_while_all_pods_are_ready(events: list[Event], count: int) -> None:
    assert sum(found.count for found in eviction(story(events, expected_pods=3))) == count


def test_a_drain_evicts_others_too() -> None:
    assert eviction(story(Eviction("coredns-1", 1, 201, False, 0), asked(2, 429, 2), expected_pods=3)) == []
