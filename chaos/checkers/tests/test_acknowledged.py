import pytest

from chaos.checkers.acknowledged import duplicated, lost, shown_then_lost, unexpected
from chaos.checkers.convergence import convergence
from chaos.checkers.tests.made import holds, op, read, story
from chaos.checkers.verdict import EXAMPLES
from chaos.events import Outcome, Present


@pytest.mark.parametrize(
    ("outcome", "present", "expected"),
    [
        ("ok", ["v"], 0),
        ("ok", [], 1),  # the bad history
        ("ok", ["b"], 1),
        ("unknown", [], 0),
        ("unknown", ["v"], 0),
        ("fail", [], 0),
    ],
)
def test_only_what_was_acknowledged_can_be_lost(outcome: Outcome, present: list[str], expected: int) -> None:
    assert len(lost(story(op("v", 1, outcome), holds(*present)))) == expected


def test_what_is_lost_is_told_with_who_lacks_it() -> None:
    told = story(op("v", 3, server="a"), holds("v", members="b"), holds(members="a"))
    assert lost(told)[0].examples == ("v (w, acknowledged at +3.000 s by a) is not on a",)


def test_rows_of_the_todos_are_looked_for_among_the_todos() -> None:
    write = op("v", 1, workload="todos")
    assert lost(story(write, holds("v", of="todos"))) == []
    assert lost(story(write, holds("v"), holds(of="todos"))) != []


@pytest.mark.parametrize(
    ("outcome", "present", "expected"),
    [
        ("ok", ["v"], 0),
        ("unknown", ["v"], 0),
        ("fail", [], 0),
        ("fail", ["v"], 1),  # "surely not applied" was wrong
        ("ok", ["v", "ghost"], 1),
    ],
)
def test_nothing_appears_from_nowhere(outcome: Outcome, present: list[str], expected: int) -> None:
    found = unexpected(story(op("v", 1, outcome), holds(*present, members="a")))
    assert sum(one.count for one in found) == expected


@pytest.mark.parametrize(("present", "count"), [([], 0), (["v", "b"], 0), (["v", "b", "v"], 1)])
def test_a_value_is_stored_once(present: list[str], count: int) -> None:
    found = duplicated(story(holds(*present, members="a")))
    assert sum(one.count for one in found) == count


def test_what_was_shown_stays() -> None:
    assert shown_then_lost(story(op("v", 1, "unknown"), read("v", 2, True), holds())) != []
    assert shown_then_lost(story(op("v", 1, "unknown"), read("v", 2, False), holds())) == []


def test_rows_that_are_read_once_more_replace_the_former() -> None:
    told = story(op("v", 1), holds("v"), holds("v"))
    assert duplicated(told) == lost(told) == []


def test_parts_make_a_whole() -> None:
    parts = [Present(m, "ledger", 9, (v,), last) for m in "ab" for v, last in (("v", False), ("w", True))]
    told = story(op("v", 1), op("w", 1), parts)
    assert lost(told) == convergence(told) == []


def test_members_that_differ_are_named() -> None:
    found = convergence(story(holds("v", "w", members="a"), holds("w", "w", members="b")))
    assert found[0].examples == ("v (ledger) is on a, not on b", "w (ledger) is not equally often on all")


def test_all_are_counted_and_the_first_are_shown() -> None:
    [found] = lost(story([op(f"v{number}", 9 - number / 10) for number in range(9)], holds()))
    assert found.count == 9
    assert [example[:2] for example in found.examples] == [f"v{number}" for number in (8, 7, 6, 5, 4)]
    assert len(found.examples) == EXAMPLES
