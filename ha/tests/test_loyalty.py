"""A voter is asked by a second candidate."""

from dataclasses import replace

import pytest

from ha.node.facts import NodeStatus
from ha.node.loyalty import ELECTING_S, LONGEST_S, keeps_to, rival
from ha.vote.epoch import Epoch
from ha.vote.record import Lost, Memory, Record

SEVEN, EIGHT = Epoch(7), Epoch(8)
VOTED = Record(promise=SEVEN, holds=frozenset({SEVEN}))
STANDS = Record(promise=SEVEN, holds=frozenset({SEVEN}), asking=SEVEN)
LEADS = Record(promise=SEVEN, floor=SEVEN, leading=SEVEN)


def told(role: str, memory: Memory, leads: Epoch | None = None) -> NodeStatus:
    return NodeStatus("postgres-1", role, memory=memory, leads=leads)


@pytest.mark.parametrize(
    ("said", "for_s"),
    [
        pytest.param(told("standby", STANDS), ELECTING_S, id="it stands"),
        pytest.param(None, ELECTING_S, id="it is silent"),
        pytest.param(told("standby", LEADS), LONGEST_S, id="it has won and is being promoted"),
        pytest.param(told("standby", replace(STANDS, asking=None, closed=SEVEN)), 0, id="it gave up"),
        pytest.param(told("stopped", LEADS), 0, id="it won, and its PostgreSQL ended"),
        pytest.param(told("standby", replace(LEADS, promise=EIGHT)), 0, id="it won, and has voted since"),
        pytest.param(told("primary", LEADS, leads=SEVEN), 0, id="it leads, and is for this node to follow"),
    ],
)
def test_how_long_it_keeps_to_whom_it_voted_for(said: NodeStatus | None, for_s: float) -> None:
    assert keeps_to(SEVEN, said, for_s - 0.01) is (for_s > 0)
    assert not keeps_to(SEVEN, said, for_s)


@pytest.mark.parametrize(
    ("memory", "asked"),
    [
        pytest.param(VOTED, Epoch(10), id="the same candidate stands anew"),
        pytest.param(VOTED, Epoch(5), id="a lower epoch takes nothing away"),
        pytest.param(replace(VOTED, holds=frozenset()), EIGHT, id="it has followed somebody since"),
        pytest.param(STANDS, EIGHT, id="the candidacy is its own"),
        pytest.param(Lost("torn"), EIGHT, id="it has no say"),
    ],
)
def test_it_is_free(memory: Memory, asked: Epoch) -> None:
    assert rival(memory, asked, 3) is None


def test_its_vote_is_another_candidates() -> None:
    assert rival(VOTED, EIGHT, 3) == SEVEN
