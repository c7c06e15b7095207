from dataclasses import replace

import pytest

from ha.node.courtesy import COURTESY_S, PROMOTING_S, Courtesy, candidacies
from ha.node.facts import NodeStatus
from ha.vote.epoch import Epoch
from ha.vote.record import Lost, Memory, Record

FREE = Record(promise=Epoch(3))
BOUND = Record(promise=Epoch(4), holds=frozenset({Epoch(4)}))
STANDS = Record(promise=Epoch(5), holds=frozenset({Epoch(5)}), asking=Epoch(5))
WON = Record(promise=Epoch(5), leading=Epoch(5), floor=Epoch(5))
PEER = {"postgres-2": NodeStatus("postgres-2", "standby", memory=STANDS)}
QUIET = {"postgres-2": NodeStatus("postgres-2", "standby", memory=FREE), "postgres-0": None}


@pytest.mark.parametrize(
    ("memory", "peers", "open_to"),
    [
        pytest.param(FREE, QUIET, set(), id="nobody stands"),
        pytest.param(BOUND, QUIET, {4}, id="it is bound"),
        pytest.param(FREE, PEER, {5}, id="a peer stands, whoever was asked yet"),
        pytest.param(STANDS, QUIET, set(), id="its own candidacy is no reason"),
        pytest.param(Lost("torn"), PEER, set(), id="it has no say"),
        pytest.param(FREE, {"b": NodeStatus("b", "primary", memory=WON)}, {5}, id="a peer is being promoted"),
        pytest.param(FREE, {"b": NodeStatus("b", "stopped", memory=WON)}, set(), id="it has won and ended"),
        pytest.param(
            FREE,
            {"b": NodeStatus("b", "standby", memory=replace(WON, promise=Epoch(6)))},
            set(),
            id="it has won and voted since",
        ),
        pytest.param(
            replace(FREE, promise=Epoch(5), floor=Epoch(5)),
            {"b": NodeStatus("b", "standby", memory=WON)},
            set(),
            id="it led before this node followed",
        ),
    ],
)
def test_whom_it_waits_for(memory: Memory, peers: dict[str, NodeStatus | None], open_to: set[int]) -> None:
    assert candidacies(memory, peers) == open_to


def test_it_waits_once_for_each_candidacy() -> None:
    now = iter([100.0, 101.0, 102.0, 103.0])
    courtesy = Courtesy(lambda: next(now))
    assert courtesy.left_s(BOUND, QUIET) == COURTESY_S
    assert courtesy.left_s(BOUND, QUIET) == COURTESY_S - 1
    assert courtesy.left_s(FREE, QUIET) == 0
    assert courtesy.left_s(FREE, PEER) == COURTESY_S


def test_whoever_has_won_gets_the_time_of_a_promotion_while_its_agent_answers() -> None:
    winner = NodeStatus("postgres-2", "standby", memory=Record(promise=Epoch(4), leading=Epoch(4)))
    courtesy = Courtesy(lambda: 100.0)
    assert courtesy.left_s(BOUND, {"postgres-2": winner}) == PROMOTING_S
    assert courtesy.left_s(BOUND, {"postgres-2": None}) == COURTESY_S
