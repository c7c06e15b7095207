from dataclasses import replace

from ha.node.facts import NodeStatus
from ha.node.starved import TORN_S, TornEnd, segment_of, segments

TORN = NodeStatus("postgres-1", "standby", lsn=100, received=180)


def test_a_standby_that_can_never_replay_what_it_received_is_given_up() -> None:
    end = TornEnd()
    assert not end.is_given_up(TORN, 10)
    assert not end.is_given_up(replace(TORN, role="starting"), 10.5), "it could not be asked"
    assert end.is_given_up(TORN, 10 + TORN_S)


def test_whoever_gets_on_or_gets_more_is_not() -> None:
    for other in (
        replace(TORN, lsn=120),
        replace(TORN, received=200),
        replace(TORN, streaming=True),
        replace(TORN, lsn=180),
        replace(TORN, role="primary"),
    ):
        end = TornEnd()
        end.is_given_up(TORN, 10)
        assert not end.is_given_up(other, 10 + TORN_S)
        assert not end.is_given_up(TORN, 10 + TORN_S)


def test_the_segment_that_comes_next() -> None:
    assert [segment_of(0), segment_of((16 << 20) - 1), segment_of(16 << 20), segment_of(1 << 32)] == [
        0,
        0,
        1,
        256,
    ]


def test_segments_are_numbered_over_all_timelines() -> None:
    names = ["000000020000000100000003", "000000010000000000000002", "00000002.history", "archive_status"]
    assert segments(names) == [259, 2]
