from ha.node.starved import segment_of, segments


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
