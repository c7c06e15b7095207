from typing import Any

from chaos.events import Decision, PoolView, Sample
from chaos.report.lanes import member_lanes, notes, pool_lanes, redundant_from


def sample(member: str, at: float, role: Any, streaming: int = 1, **more: Any) -> Sample:
    return Sample(member, at, 0.0, role, 4, streaming=streaming, **more)


def nothing(member: str) -> tuple[float, ...]:
    return ()


def test_equal_accounts_are_joined_and_a_new_role_begins_a_span() -> None:
    seen = [sample("a", 0, "standby"), sample("a", 1, "standby"), sample("a", 2, "primary", 2)]
    [lane] = member_lanes(seen, 2.5, nothing)
    assert [(span.state, span.begin, span.end) for span in lane.spans] == [
        ("standby", 0, 2),
        ("primary", 2, 2.5),
    ]
    assert "timeline 4" in lane.spans[0].text[0]


def test_an_old_account_says_nothing_about_now() -> None:
    [lane] = member_lanes([sample("a", 0, "standby"), sample("a", 9, "standby")], 9.2, nothing)
    assert [(span.begin, span.end) for span in lane.spans] == [(0, 1.5), (9, 9.2)]


def test_a_standby_that_receives_from_nobody_looks_different() -> None:
    [lane] = member_lanes([sample("a", 0, "standby", 0)], 1, nothing)
    assert lane.spans[0].state == "lagging"


def test_what_a_node_says_on_itself_is_a_lane_of_its_own() -> None:
    lanes = member_lanes(
        [sample("a", 0, "silent"), sample("a", 0, "primary", where="node")], 1, lambda _: (0.5,)
    )
    assert [(lane.name, lane.ticks) for lane in lanes] == [("a", (0.5,)), ("a, on its node", ())]


def test_a_pool_believes_in_one_primary_or_in_nobody() -> None:
    views = [
        PoolView("p", 0, {"a": "up"}, {"a": "primary"}),
        PoolView("p", 1, {"a": "down"}, {"a": "primary"}),
        PoolView("p", 2, error="timed out"),
    ]
    [lane] = pool_lanes(views, 3)
    assert [span.text[0] for span in lane.spans] == ["a", "nobody", "no answer"]


def test_what_is_said_again_by_the_same_source_is_one_note() -> None:
    said = [
        Decision("a", 1, "waits"),
        Decision("b", 2, "votes"),
        Decision("a", 3, "waits"),
        Decision("a", 4, "goes"),
    ]
    assert [(n.number, n.source, n.text, n.times) for n in notes(said)] == [
        (1, "a", "waits", 2),
        (2, "b", "votes", 1),
        (3, "a", "goes", 1),
    ]


def test_redundancy_is_back_when_all_stream_for_good() -> None:
    seen = [
        sample("a", 0, "primary", 1),
        sample("b", 0.1, "standby"),
        sample("b", 1, "silent"),
        sample("b", 2, "standby"),
        sample("b", 3, "standby", 0),
        sample("b", 4, "standby"),
    ]
    assert redundant_from(seen, since=0.5) == 4
    assert redundant_from(seen[:5], since=0.5) is None
    assert redundant_from(seen[:2], since=0) is None  # never lost
