"""Who is the true primary."""

from __future__ import annotations

import pytest

from ha.pool.facts import Facts, Node


def primary(name: str, timeline: int) -> Node:
    return Node(name, in_recovery=False, timeline=timeline)


def standby(name: str, timeline: int) -> Node:
    return Node(name, in_recovery=True, timeline=timeline)


SILENT = Node("c", error="no answer in time")


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([primary("a", 1), standby("b", 1), SILENT], "a"),
        ([primary("a", 1), primary("b", 2), SILENT], "b"),
        ([primary("a", 2), primary("b", 1), standby("c", 1)], "a"),
        ([primary("a", 1), primary("b", 1)], None),
        ([primary("a", 1), standby("b", 2)], None),
        ([standby("a", 1), standby("b", 1)], None),
        ([SILENT], None),
        ([], None),
    ],
)
def test_truth_is_the_only_primary_of_the_newest_timeline(nodes: list[Node], expected: str | None) -> None:
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
