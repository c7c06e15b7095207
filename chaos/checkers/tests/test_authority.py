from dataclasses import replace

import pytest

from chaos.checkers.authority import deposed_answer, outside_newest_history
from chaos.checkers.tests.made import acks, fault, holds, op, primary, read, standby, story
from chaos.events import Event, Sample

OLD: list[Event] = [primary("a", 1), op("first", 1.5, server="a"), *fault(2)]
NEW: list[Event] = [primary("b", 4, timeline=2), op("new", 4.5, server="b")]


def test_a_write_that_the_newest_history_lacks_names_who_acknowledged_it_and_when() -> None:
    told = story(OLD, NEW, op("bad", 6, server="a"), holds("first", "new"))
    [found] = outside_newest_history(told)
    assert found.what.endswith("in the history of b, the newest primary that acknowledged")
    assert found.examples == ("bad (w) acknowledged by a, 1.500 s after the first of b",)


def test_a_late_acknowledgement_of_what_the_newest_history_has_is_harmless() -> None:
    told = story(
        OLD, NEW, op("late", 9, server="a", sent=1.9), holds("first", "new", "late"), bounds={"deposed": 1}
    )
    assert outside_newest_history(told) == []
    assert deposed_answer(told) == ([], {"deposed_s": 0})


def test_a_member_that_was_promoted_and_never_acknowledged_is_not_the_newest() -> None:
    silent = [standby("a", 4.9), primary("a", 5, timeline=3)]
    told = story(
        OLD, NEW, silent, op("b", 6, server="b"), holds("first", members="a"), holds("b", members="b")
    )
    [found] = outside_newest_history(told)
    assert " of b," in found.what


def test_an_epoch_ranks_above_a_timeline() -> None:
    two = [primary("a", 1, timeline=9, epoch=1), primary("b", 2, timeline=2, epoch=2)]
    writes = [op("x", 1.5, server="a"), op("y", 2.5, server="b")]
    [found] = outside_newest_history(story(two, writes, holds("x", members="a"), holds("y", members="b")))
    assert [example[:1] for example in found.examples] == ["x"]


@pytest.mark.parametrize(
    ("answer", "took"),
    [
        (op("x", 5, server="a", sent=4.9), 3),
        (op("x", 5, server="a", sent=3.9), 0),  # asked before there was another one
        (primary("a", 5), 3),
        (read("x", 5, True, server="a"), 3.01),
        (op("x", 5, server="b", sent=4.9), 0),
        (op("x", 5, "unknown", server="a", sent=4.9), 0),
        (op("x", 5, server="pgpool-x2x5z", sent=4.9), 0),  # not a member
        (acks(5)[0], 0),  # nobody knows who
    ],
)
def test_what_a_deposed_primary_answers_counts_from_the_fault(answer: Event, took: float) -> None:
    for bound, seen in ((took + 0.1, False), (took - 0.1, took > 0)):
        found, figures = deposed_answer(story(OLD, NEW, answer, bounds={"deposed": bound}))
        assert bool(found) == seen
        assert figures["deposed_s"] == pytest.approx(took)


@pytest.mark.parametrize(
    ("then", "late"),
    [
        ([Sample("a", 6, 1, "silent")], True),
        ([standby("a", 6)], False),  # it may have been one already
        ([primary("a", 6, timeline=3)], False),  # or the next primary
    ],
)
def test_a_read_is_a_deposed_primarys_when_it_was_none_other_around_it(then: list[Event], late: bool) -> None:
    found, _ = deposed_answer(story(OLD, NEW, read("x", 5, True, server="a"), then, bounds={"deposed": 1}))
    assert bool(found) == late


def test_a_standby_may_answer_reads() -> None:
    told = story(
        OLD, standby("b", 1.1), primary("a", 1.2), read("x", 1.3, True, server="b"), bounds={"deposed": 0}
    )
    assert deposed_answer(told) == ([], {})


def test_without_a_fault_the_promotion_is_what_counts() -> None:
    _, figures = deposed_answer(story(primary("a", 1), NEW, primary("a", 5.5)))
    assert figures == {"deposed_s": 1.5}


def test_whoever_wins_after_a_fault_and_is_outvoted_at_once_was_not_deposed_by_the_fault() -> None:
    # Seen in CI: two won one after the other, and the first of them was seen to be promoted last.
    old = [primary("a", 1, epoch=3), *fault(2)]
    outvoted = [primary("b", at, timeline=2, epoch=4) for at in (7, 8)]
    newest = [primary("a", 6.5, timeline=2, epoch=6)]
    assert deposed_answer(story(old, newest, outvoted)) == ([], {"deposed_s": 1.5})
    seen_before = [primary("b", 6, timeline=2, epoch=4)]
    assert deposed_answer(story(old, seen_before, newest, outvoted)) == ([], {"deposed_s": 1.5})


def on_node(*times: float) -> list[Event]:
    return [replace(primary("a", at), where="node") for at in times]


def test_whoever_stands_still_with_its_node_has_its_time_from_when_it_wakes() -> None:
    # Seen in a soak: a frozen primary answered in the 0.3 s in which it had woken up and the heal had not returned.
    frozen = [*on_node(1.9, 2.1), *fault(2, healed=20, name="node-paused", on="worker"), *on_node(19.5)]
    kept = story(OLD, NEW, frozen, read("queued", 19.4, True, server="a"), bounds={"deposed": 5})
    found, figures = deposed_answer(kept)
    assert not found
    assert figures["deposed_s"] == pytest.approx(0.1)
    late = story(OLD, NEW, frozen, on_node(20.5, 21.5, 22.5, 23.5, 24.5, 25), bounds={"deposed": 5})
    assert len(deposed_answer(late)[0]) == 1


def test_whoever_is_only_not_asked_is_not_taken_for_frozen() -> None:
    cut = [*on_node(1.9, 2.1), *fault(2, healed=20, name="node-cut", on="worker"), *on_node(19.5)]
    assert len(deposed_answer(story(OLD, NEW, cut, bounds={"deposed": 5}))[0]) == 1


def test_two_timelines_of_one_number_are_told_apart_by_their_epochs() -> None:
    # Seen in a soak: a winner was deposed before anybody followed it, and its successor took the same number.
    two = [primary("a", 1, timeline=67, epoch=546), primary("b", 2, timeline=67, epoch=548)]
    later = [primary("b", 20, timeline=67, epoch=548)]
    assert deposed_answer(story(two, later, bounds={"deposed": 5})) == ([], {"deposed_s": 0})
