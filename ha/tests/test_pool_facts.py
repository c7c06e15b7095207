"""Who is the true primary."""

from __future__ import annotations

import pytest

from ha.pool.facts import Facts, Node


def primary(name: str, timeline: int, epoch: int = -1) -> Node:
    return Node(name, in_recovery=False, epoch=epoch, timeline=timeline)


def standby(name: str, timeline: int, epoch: int = -1) -> Node:
    return Node(name, in_recovery=True, epoch=epoch, timeline=timeline)


SILENT = Node("c", error="no answer in time")


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([primary("a", 1), standby("b", 1), SILENT], "a"),
        ([primary("a", 1), primary("b", 2), SILENT], "b"),
        ([primary("a", 2), primary("b", 1), standby("c", 1)], "a"),
        ([primary("a", 1), primary("b", 1)], None),
        ([primary("a", 1), standby("b", 2)], None),
        ([primary("a", 2, 3), primary("b", 2, 4)], "b"),
        ([primary("a", 3, 3), primary("b", 2, 4)], "b"),
        ([primary("a", 3), primary("b", 2, 0)], "b"),
        ([primary("a", 2, 3), standby("b", 2, 4)], None),
        ([primary("a", 2, 4), standby("b", 3, 3)], "a"),
        ([standby("a", 1), standby("b", 1)], None),
        ([SILENT], None),
        ([], None),
    ],
)
def test_truth_is_the_only_primary_of_the_newest_history(nodes: list[Node], expected: str | None) -> None:
    truth = Facts(None, tuple(nodes)).truth
    assert (truth.name if truth else None) == expected


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([primary("a", 1), standby("b", 1), SILENT], ["a", "b"]),
        ([primary("a", 1), primary("b", 2), SILENT], ["b"]),
        ([standby("a", 1), standby("b", 1), SILENT], ["a", "b", "c"]),
        ([], ["a", "b", "c"]),
    ],
)
def test_pgpool_starts_without_deposed_and_mute_nodes(nodes: list[Node], expected: list[str]) -> None:
    facts = Facts(None, tuple(nodes))
    assert [name for name in "abc" if facts.worth_using(name)] == expected


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([primary("a", 2, 3), standby("b", 2, 4)], True),
        ([primary("a", 2, 4), standby("b", 2, 4)], False),
        ([primary("a", 2, 4), standby("b", 3, 3)], False),
        ([primary("a", 2), standby("b", 2, 4)], False),
        ([primary("a", 2), standby("b", 3)], False),
        ([standby("a", 2, 3), primary("b", 2, 4)], False),
        ([SILENT], False),
    ],
)
def test_who_leads_an_epoch_below_a_known_one_is_deposed(nodes: list[Node], expected: bool) -> None:
    assert Facts(None, tuple(nodes)).deposed("a") is expected
