import pytest

from chaos.checkers.reads import fresh_reads, non_monotonic_read, stale_read
from chaos.checkers.tests.made import op, read, story
from chaos.events import Event, Read


@pytest.mark.parametrize(
    ("events", "stale"),
    [
        ([op("v", 1, session="s"), read("v", 2, found=False)], True),
        ([op("v", 1, session="s"), read("v", 2, found=True)], False),
        ([op("v", 1, session="t"), read("v", 2, found=False)], False),  # somebody else's
        ([op("v", 1, session="s"), read("v", 2, found=False, fresh=False)], False),  # nobody promised it
        ([op("v", 1, session=""), read("v", 2, found=False, session="")], False),  # two connections
        ([op("v", 2, session="s", sent=1), read("v", 1.5, found=False)], False),  # not acknowledged yet
        ([op("v", 1, "unknown", session="s"), read("v", 2, found=False)], False),
    ],
)
def test_a_session_sees_what_it_was_acknowledged(events: list[Event], stale: bool) -> None:
    assert bool(stale_read(story(events))) == stale
    assert bool(stale_read(story(reversed(events)))) == stale


@pytest.mark.parametrize(
    ("events", "gone"),
    [
        ([read("v", 1, found=True), read("v", 2, found=False)], True),
        ([read("v", 1, found=False), read("v", 2, found=True)], False),
        ([read("v", 1, found=True, session="t"), read("v", 2, found=False)], False),
        ([read("v", 1, found=True, fresh=False), read("v", 2, found=False)], True),
        ([read("v", 1, found=True), read("v", 2, found=False, fresh=False)], False),
        ([read("v", 1, found=True), read("w", 2, found=False)], False),
        ([read("v", 1, found=True), read("v", 1.001, found=False)], False),  # at the same time
    ],
)
def test_what_a_session_saw_it_sees_again(events: list[Read], gone: bool) -> None:
    assert bool(non_monotonic_read(story(events))) == gone
    assert bool(non_monotonic_read(story(reversed(events)))) == gone


def test_reads_that_could_be_stale_are_counted() -> None:
    reads = [
        read("v", 1, found=True),
        read("v", 2, found=True, session=""),
        read("v", 3, found=True, fresh=False),
    ]
    assert fresh_reads(story(reads)) == reads[:1]
