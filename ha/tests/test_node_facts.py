from typing import Any

import pytest

from ha.node.facts import NodeStatus, Position, Replica, parse_lsn, show_lsn
from ha.node.routes import readiness
from ha.node.server import read_status
from ha.vote.epoch import Epoch
from ha.vote.record import GENESIS

STREAMING = (
    True,
    "0/5000",
    "0/5000",
    None,
    None,
    "00000002",
    "RecoveryWalStream",
    "streaming",
    "host=postgres-0.p user=x",
    "7",
    None,
)


REPLICA = Replica("postgres-1", "streaming", "quorum", 0)


@pytest.mark.parametrize(
    ("text", "number"), [("0/0", 0), ("1/A", 2**32 + 10), (None, 0), ("FF/FFFFFFFF", 2**40 - 1)]
)
def test_lsn(text: str | None, number: int) -> None:
    assert parse_lsn(text) == number
    assert text is None or show_lsn(number) == text


def test_a_status_survives_the_wire() -> None:
    status = NodeStatus(
        "postgres-0",
        "primary",
        2,
        77,
        True,
        memory=GENESIS,
        leads=Epoch(0),
        replicas=(Replica("postgres-1", "streaming", "quorum", 0),),
    )
    assert NodeStatus.from_json(status.to_json()) == status


@pytest.mark.parametrize(
    "raw", [None, [], {}, {"name": "a", "role": "king", "lsn": "0/0"}, {"role": "primary", "lsn": "0/0"}]
)
def test_anything_else_is_not_a_status(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"status|role"):
        NodeStatus.from_json(raw)


def test_a_newer_timeline_outranks_a_longer_log() -> None:
    assert Position(2, 1) > Position(1, 100)


def test_a_streaming_standby() -> None:
    status = read_status("postgres-1", STREAMING)
    assert (status.role, status.timeline, status.receiving_from, status.streaming) == (
        "standby",
        2,
        "postgres-0",
        True,
    )
    assert status.settled
    assert readiness(status).status == 200


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({6: "RecoveryRetrieveRetryInterval"}, True),
        ({6: None}, False),
        ({1: "0/5001"}, False),
        ({1: None}, True),
    ],
)
def test_settled_means_that_all_it_holds_is_replayed(changes: dict[Any, Any], settled: bool) -> None:
    row = tuple(changes.get(i, value) for i, value in enumerate(STREAMING))
    assert read_status("postgres-1", row).settled is settled


def test_a_standby_without_upstream_is_not_ready() -> None:
    row = tuple({7: None, 8: ""}.get(i, value) for i, value in enumerate(STREAMING))
    status = read_status("postgres-1", row)
    assert status.receiving_from is None
    assert readiness(status).status == 503


def test_a_primary() -> None:
    row = (
        False,
        None,
        None,
        "0/77",
        "00000003000000000000000A",
        "00000003",
        None,
        None,
        "host=postgres-0.p",
        "7",
        [["postgres-2", "streaming", "quorum", 96]],
    )
    status = read_status("postgres-1", row)
    assert (status.role, status.timeline, status.lsn, status.receiving_from) == ("primary", 3, 0x77, None)
    assert status.replicas == (Replica("postgres-2", "streaming", "quorum", 96),)


def test_a_primary_is_ready_once_it_leads() -> None:
    assert readiness(NodeStatus("a", "primary")).status == 503
    assert readiness(NodeStatus("a", "primary", leads=Epoch(0))).status == 200
