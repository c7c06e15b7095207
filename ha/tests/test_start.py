from typing import Any

import pytest

from ha.node.facts import NodeStatus
from ha.node.start import (
    ELECTION_GRACE_S,
    Bootstrap,
    Clone,
    LocalData,
    Rewind,
    StartPrimary,
    Stream,
    Wait,
    decide_start,
)

NONE = LocalData(present=False)
WAS_PRIMARY = LocalData(present=True, was_primary=True, timeline=3, system_id="7")
WAS_STANDBY = LocalData(present=True, timeline=3, system_id="7")
FRESH = LocalData(present=True, was_primary=True, fresh=True, timeline=1, system_id="7")
DAMAGED = LocalData(present=True, was_primary=True, damaged=True, timeline=3, system_id="7")


def node(name: str, role: str, timeline: int = 3, lsn: int = 5, system_id: str = "7") -> NodeStatus:
    return NodeStatus(name, role, timeline=timeline, lsn=lsn, settled=True, system_id=system_id)


EMPTY = {"a": node("a", "empty"), "b": node("b", "empty")}
SILENT = {"a": None, "b": None}
STANDBYS = {"a": node("a", "standby"), "b": node("b", "standby")}
LED = {"a": node("a", "primary", 4), "b": node("b", "standby")}
STALE = {"a": node("a", "primary", 2), "b": None}


@pytest.mark.parametrize(
    ("local", "peers", "expected"),
    [
        pytest.param(NONE, EMPTY, Bootstrap, id="the very first start"),
        pytest.param(NONE, {**EMPTY, "b": None}, Wait, id="empty, one silent: it may have data"),
        pytest.param(NONE, {**EMPTY, "b": node("b", "standby")}, Wait, id="empty, a peer has data"),
        pytest.param(NONE, LED, Clone, id="empty, a primary"),
        pytest.param(FRESH, EMPTY, StartPrimary, id="initdb done, nobody copied yet"),
        pytest.param(FRESH, {**EMPTY, "b": None}, Stream, id="fresh, one silent: it may have copied"),
        pytest.param(WAS_PRIMARY, EMPTY, Stream, id="old data beside empty volumes is not proven newest"),
        pytest.param(WAS_PRIMARY, SILENT, Stream, id="silence never starts a primary"),
        pytest.param(WAS_PRIMARY, LED, Rewind, id="a newer primary"),
        pytest.param(
            WAS_PRIMARY, {"a": node("a", "primary", 3), "b": None}, Clone, id="one timeline, two primaries"
        ),
        pytest.param(WAS_PRIMARY, STALE, Stream, id="a primary of an older timeline is not joined"),
        pytest.param(WAS_PRIMARY, STANDBYS, Wait, id="the standbys elect first"),
        pytest.param(WAS_STANDBY, LED, Stream, id="a standby streams on"),
        pytest.param(WAS_STANDBY, SILENT, Stream, id="a standby starts alone, read-only"),
        pytest.param(
            WAS_STANDBY, {"a": node("a", "primary", 4, system_id="8"), "b": None}, Wait, id="another cluster"
        ),
        pytest.param(DAMAGED, LED, Clone, id="an unfinished rewind is cloned"),
        pytest.param(DAMAGED, SILENT, Wait, id="an unfinished rewind never runs"),
    ],
)
def test_start(local: LocalData, peers: dict[str, NodeStatus | None], expected: Any) -> None:
    assert type(decide_start(local, peers, ordinal=0, needed=2, waited_s=0)) is expected


def test_only_ordinal_0_makes_the_cluster() -> None:
    assert isinstance(decide_start(NONE, EMPTY, ordinal=1, needed=2, waited_s=0), Wait)


def test_a_former_primary_does_not_wait_for_ever() -> None:
    assert decide_start(WAS_PRIMARY, STANDBYS, 0, 2, ELECTION_GRACE_S) == Stream(None)


def test_a_standby_streams_from_the_newest_of_two_primaries() -> None:
    peers = {"a": node("a", "primary", 4), "b": node("b", "primary", 5)}
    assert decide_start(WAS_STANDBY, peers, 0, 2, 0) == Stream("b")
