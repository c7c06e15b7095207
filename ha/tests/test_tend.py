from dataclasses import replace
from typing import Any

import pytest

from ha.node.facts import NodeStatus
from ha.node.tend import (
    RESYNC_AFTER_S,
    STAND_AFTER_S,
    STAND_ALONE_AFTER_S,
    Action,
    Demote,
    Follow,
    History,
    Nothing,
    Promote,
    Resync,
    decide,
    has_diverged,
)

ORDINALS = {"me": 1, "a": 0, "b": 2}
ME = NodeStatus("me", "standby", timeline=2, lsn=50, settled=True, receiving_from="a")
A = NodeStatus("a", "primary", timeline=2, lsn=60, settled=True)
B = NodeStatus("b", "standby", timeline=2, lsn=50, settled=True)


def tick(
    me: NodeStatus,
    *,
    leaderless: float = 0,
    unfed: float = 0,
    repmgrd: bool = True,
    **peers: NodeStatus | None,
) -> Action:
    answers = {"a": peers.get("a"), "b": peers.get("b")}
    return decide(me, answers, ORDINALS, 1, leaderless_s=leaderless, not_streaming_s=unfed, repmgrd=repmgrd)


@pytest.mark.parametrize(
    ("me", "a", "expected"),
    [
        pytest.param(replace(ME, streaming=True), A, Nothing(), id="streams from the primary"),
        pytest.param(replace(ME, receiving_from="b"), A, Follow("a"), id="another is primary"),
        pytest.param(replace(ME, receiving_from=None), A, Follow("a"), id="had no upstream"),
        pytest.param(NodeStatus("me", "starting"), A, Follow("a"), id="not consistent yet"),
        pytest.param(
            replace(ME, timeline=3, receiving_from="b"), A, Nothing(), id="an older primary is not followed"
        ),
        pytest.param(
            replace(ME, role="primary"), A, Nothing(), id="one timeline says nothing about who is newer"
        ),
        pytest.param(replace(ME, role="primary"), replace(A, timeline=3), Demote("a"), id="deposed"),
        pytest.param(replace(ME, role="primary", timeline=3), A, Nothing(), id="the other is the stale one"),
        pytest.param(NodeStatus("me", "stopped"), A, Nothing(), id="stopped"),
    ],
)
def test_following(me: NodeStatus, a: NodeStatus, expected: Any) -> None:
    assert tick(me, a=a, b=B) == expected


def test_a_standby_that_cannot_stream_is_checked_for_divergence_after_a_while() -> None:
    assert tick(ME, unfed=RESYNC_AFTER_S - 0.1, a=A, b=B) == Nothing()
    assert tick(ME, unfed=RESYNC_AFTER_S, a=A, b=B) == Resync("a")


STANDBY = replace(A, role="standby")


@pytest.mark.parametrize(
    ("me", "a", "b", "expected"),
    [
        pytest.param(replace(ME, streaming=True), STANDBY, B, Follow(None), id="its source is a standby now"),
        pytest.param(replace(ME, streaming=True), None, B, Nothing(), id="its source is silent"),
        pytest.param(
            replace(ME, streaming=True), replace(A, role="starting"), B, Nothing(), id="its source may lead"
        ),
        pytest.param(ME, STANDBY, B, Nothing(), id="it receives nothing"),
        pytest.param(
            replace(ME, streaming=True), STANDBY, replace(A, name="b"), Follow("b"), id="another leads"
        ),
    ],
)
def test_a_standby_that_receives_from_a_standby_keeps_nobody_from_leading(
    me: NodeStatus, a: NodeStatus | None, b: NodeStatus, expected: Action
) -> None:
    assert tick(me, a=a, b=b) == expected


@pytest.mark.parametrize(("repmgrd", "after"), [(True, STAND_AFTER_S), (False, STAND_ALONE_AFTER_S)])
def test_repmgrd_elects_first_and_the_agent_stands_where_it_does_not(repmgrd: bool, after: float) -> None:
    assert tick(ME, leaderless=after - 0.1, repmgrd=repmgrd, b=B) == Nothing()
    assert isinstance(tick(ME, leaderless=after, repmgrd=repmgrd, b=B), Promote)


def test_nobody_stands_alone() -> None:
    assert tick(ME, leaderless=1000) == Nothing()


@pytest.mark.parametrize(
    ("timeline", "lsn", "diverged"),
    [(2, 60, False), (2, 61, True), (1, 30, False), (1, 31, True), (3, 1, True)],
)
def test_divergence(timeline: int, lsn: int, diverged: bool) -> None:
    me = NodeStatus("me", "standby", timeline=timeline, lsn=lsn)
    assert has_diverged(me, A, History(((1, 30),))) is diverged
