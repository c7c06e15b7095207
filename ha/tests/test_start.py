from typing import Any

import pytest

from ha.node.facts import NodeStatus
from ha.node.start import (
    ELECTION_GRACE_S,
    Bootstrap,
    LocalData,
    Resume,
    StartStandby,
    Wait,
    decide_start,
)
from ha.vote.epoch import Epoch, Seat
from ha.vote.record import GENESIS, Lost, Memory, Record, Reign

SEAT = Seat(0, 3, 1)
NONE = LocalData(present=False)
DATA = LocalData(present=True, timeline=3)
DAMAGED = LocalData(present=True, damaged=True, timeline=3)
BLANK = Lost("there is none", blank=True)
LED = Record(Epoch(3), Epoch(3), leading=Epoch(3), reigns=(Reign(Epoch(3), 5, timeline=2),))
UNPROMOTED = Record(Epoch(3), Epoch(3), leading=Epoch(3), reigns=(Reign(Epoch(3), 5),))
FOLLOWED = Record(Epoch(3), Epoch(3), reigns=LED.reigns)
PROMISED = Record(Epoch(4), Epoch(3), frozenset({Epoch(4)}), leading=Epoch(3), reigns=LED.reigns)


def node(name: str, role: str, memory: Memory = FOLLOWED) -> NodeStatus:
    return NodeStatus(name, role, timeline=3, lsn=5, settled=True, memory=memory)


EMPTY = {"a": node("a", "empty", BLANK), "b": node("b", "empty", BLANK)}
SILENT = {"a": None, "b": None}
STANDBYS = {"a": node("a", "standby"), "b": node("b", "standby")}
STARTING = {"a": node("a", "starting"), "b": node("b", "starting")}
BOUND = {"a": node("a", "standby", PROMISED), "b": None}


@pytest.mark.parametrize(
    ("memory", "local", "peers", "expected"),
    [
        pytest.param(BLANK, NONE, EMPTY, Bootstrap, id="the very first start"),
        pytest.param(GENESIS, NONE, EMPTY, Bootstrap, id="the first initdb was interrupted"),
        pytest.param(LED, NONE, EMPTY, Wait, id="it led once, and its data is gone"),
        pytest.param(BLANK, NONE, {**EMPTY, "b": None}, Wait, id="empty, one silent: it may have data"),
        pytest.param(BLANK, NONE, STANDBYS, Wait, id="empty, the peers have data"),
        pytest.param(
            BLANK, NONE, {**EMPTY, "b": node("b", "empty", FOLLOWED)}, Wait, id="a peer lost its data"
        ),
        pytest.param(FOLLOWED, DAMAGED, STANDBYS, Wait, id="an unfinished rewind never runs"),
        pytest.param(Lost("torn"), DATA, STANDBYS, Wait, id="a lost record never runs"),
        pytest.param(FOLLOWED, DATA, SILENT, StartStandby, id="a standby"),
        pytest.param(LED, DATA, SILENT, StartStandby, id="silence never starts a primary"),
        pytest.param(PROMISED, DATA, STARTING, StartStandby, id="it has promised something newer"),
        pytest.param(LED, DATA, BOUND, StartStandby, id="a peer is bound to something newer"),
        pytest.param(LED, DATA, STANDBYS, Wait, id="the standbys elect first"),
        pytest.param(LED, DATA, STARTING, Resume, id="nobody else can lead"),
        pytest.param(GENESIS, DATA, EMPTY, Resume, id="initdb done, nobody copied yet"),
    ],
)
def test_start(memory: Memory, local: LocalData, peers: dict[str, NodeStatus | None], expected: Any) -> None:
    assert type(decide_start(SEAT, memory, local, peers, waited_s=0)) is expected


def test_only_ordinal_0_makes_the_cluster() -> None:
    assert isinstance(decide_start(Seat(1, 3, 1), BLANK, NONE, EMPTY, waited_s=0), Wait)


def test_a_former_primary_does_not_wait_for_ever() -> None:
    assert decide_start(SEAT, LED, DATA, STANDBYS, ELECTION_GRACE_S) == Resume(LED, promoted=True)


def test_one_that_was_not_seen_promoted_is_promoted_again() -> None:
    assert decide_start(SEAT, UNPROMOTED, DATA, STARTING, 0) == Resume(UNPROMOTED, promoted=False)


def test_who_hands_over_goes_on_as_a_standby_only() -> None:
    assert decide_start(SEAT, LED, DATA, STARTING, 0, yielding=True) == StartStandby(LED)


@pytest.mark.parametrize(
    ("peers", "waited_s", "expected"),
    [
        pytest.param(STANDBYS, 0, Wait, id="both standbys vote"),
        pytest.param({**STANDBYS, "a": node("a", "primary", PROMISED)}, 1, Wait, id="one is promoted"),
        pytest.param(STANDBYS, ELECTION_GRACE_S, StartStandby, id="it takes too long"),
        pytest.param({**STANDBYS, "a": None}, 0, StartStandby, id="one is silent: its own vote is needed"),
    ],
)
def test_who_hands_over_starts_when_its_vote_is_needed(
    peers: dict[str, NodeStatus | None], waited_s: float, expected: Any
) -> None:
    assert type(decide_start(SEAT, PROMISED, DATA, peers, waited_s, yielding=True)) is expected


def test_an_open_candidacy_ends_with_the_process() -> None:
    asking = Record(Epoch(6), Epoch(3), frozenset({Epoch(6)}), asking=Epoch(6))
    decision = decide_start(SEAT, asking, DATA, STANDBYS, 0)
    assert isinstance(decision, StartStandby)
    assert (decision.record.asking, decision.record.closed, decision.record.holds) == (None, 6, frozenset())
