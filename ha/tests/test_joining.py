from dataclasses import replace

import pytest

from ha.node.around import move, peers_of
from ha.node.facts import NodeStatus, as_peer
from ha.node.joining import way_onto
from ha.node.voter import seat_of
from ha.settings import Secrets, Settings
from ha.tests.test_settings import RAW
from ha.vote.ballot import Facts
from ha.vote.course import Follow, Stand, Stay
from ha.vote.epoch import NEVER, Epoch, Position
from ha.vote.lineage import Way
from ha.vote.record import GENESIS, Lost, Memory, Record, Reign

SETTINGS = Settings.parse(RAW, Secrets(), me="postgres-1")
FIRST = GENESIS.reigns
SECOND = (*FIRST, Reign(Epoch(5), 100, timeline=2))
LEADER = NodeStatus(
    "postgres-2",
    "primary",
    memory=Record(Epoch(5), Epoch(5), leading=Epoch(5), reigns=SECOND),
    leads=Epoch(5),
)
MINE = Record(Epoch(0), Epoch(0), reigns=FIRST)


@pytest.mark.parametrize(
    ("memory", "facts", "way"),
    [
        pytest.param(MINE, Facts(lsn=100), Way.STREAM, id="it has not left the history"),
        pytest.param(MINE, Facts(lsn=101), Way.REWIND, id="it went on where the other left"),
        pytest.param(MINE, Facts(lsn=100, whole=False), Way.CLONE, id="half a rewind"),
        pytest.param(MINE, Facts(lsn=100, replayed=False), None, id="it does not know yet what it holds"),
        pytest.param(
            replace(MINE, reigns=SECOND), Facts(replayed=False), Way.STREAM, id="rewound: it needs that WAL"
        ),
        pytest.param(Lost("torn"), Facts(lsn=100), None, id="it knows nothing"),
    ],
)
def test_the_way_onto_a_history(memory: Memory, facts: Facts, way: Way | None) -> None:
    assert way_onto(memory, facts, LEADER) is way


def test_data_that_never_becomes_consistent_is_cloned() -> None:
    assert way_onto(MINE, Facts(replayed=False), LEADER, thirsty=True) is Way.CLONE


def test_a_position_is_told_only_when_all_is_replayed() -> None:
    told = NodeStatus("postgres-2", "standby", lsn=101, settled=True, memory=replace(MINE, reigns=SECOND))
    assert as_peer(told, 2).position == Position(Epoch(5), 101)
    assert as_peer(replace(told, settled=False), 2).position == Position(NEVER, 0)
    assert as_peer(replace(told, role="primary", leads=Epoch(5)), 2).leads == 5


def test_whoever_is_silent_is_no_peer() -> None:
    assert [peer.ordinal for peer in peers_of(SETTINGS, {"postgres-0": None, "postgres-2": LEADER})] == [2]


@pytest.mark.parametrize(
    ("following", "urgent", "expected"),
    [(None, False, Follow), (Epoch(5), False, Stay), (Epoch(5), True, Stand)],
)
def test_a_primary_that_serves_nobody_is_no_reason_to_stay(
    following: Epoch | None, urgent: bool, expected: type
) -> None:
    peers = peers_of(SETTINGS, {"postgres-2": LEADER})
    decided = move(seat_of(SETTINGS), MINE, Facts(following=following), peers, urgent=urgent)
    assert isinstance(decided, expected)
