from dataclasses import replace

import pytest

from ha.node.facts import NodeStatus, Replica
from ha.node.handoff import heirs, holders, successor, underway
from ha.switchover import primary_among
from ha.vote.epoch import Epoch
from ha.vote.record import Lost, Record

HEIR = NodeStatus("postgres-1", "standby", lsn=101, settled=True, memory=Record(Epoch(3), Epoch(3)))
OTHER = replace(HEIR, name="postgres-2")


@pytest.mark.parametrize(
    ("answers", "wanted", "able"),
    [
        pytest.param([OTHER, HEIR, None], None, ["postgres-1", "postgres-2"], id="both"),
        pytest.param([HEIR, OTHER], "postgres-2", ["postgres-2"], id="the one that is wanted"),
        pytest.param([replace(HEIR, lsn=100)], None, [], id="the checkpoint has not arrived"),
        pytest.param([replace(HEIR, whole=False)], None, [], id="half a clone"),
        pytest.param([replace(HEIR, role="starting")], None, [], id="it does not answer"),
        pytest.param([replace(HEIR, memory=Record(Epoch(4), Epoch(4)))], None, [], id="it follows another"),
        pytest.param([replace(HEIR, memory=Lost("torn"))], None, [], id="it cannot vote"),
    ],
)
def test_only_a_node_that_holds_the_shutdown_checkpoint_is_asked(
    answers: list[NodeStatus | None], wanted: str | None, able: list[str]
) -> None:
    assert holders(answers, Epoch(3), 100, wanted) == able


@pytest.mark.parametrize(
    ("wanted", "able"),
    [(None, ["postgres-2", "postgres-0"]), ("postgres-0", ["postgres-0"]), ("postgres-1", [])],
)
def test_the_first_wish_goes_to_the_streaming_standby_that_is_least_behind(
    wanted: str | None, able: list[str]
) -> None:
    replicas = [
        Replica("postgres-0", "streaming", "quorum", 9),
        Replica("postgres-1", "catchup", "async", 0),
        Replica("postgres-2", "streaming", "quorum", 0),
    ]
    assert heirs(replicas, wanted) == able


def test_a_switchover_asks_the_primary_of_the_highest_epoch() -> None:
    nodes: list[dict[str, object]] = [
        {"name": "postgres-0", "leads": 3},
        {"name": "postgres-1", "leads": 7},
        {"name": "postgres-2", "error": "silent"},
    ]
    assert primary_among(nodes) == "postgres-1"
    assert primary_among(nodes[2:]) is None


@pytest.mark.parametrize(
    ("leads", "found"), [([None, None], None), ([None, Epoch(3)], None), ([Epoch(5), None], Epoch(5))]
)
def test_whoever_leads_a_newer_epoch_ends_the_handoff(leads: list[Epoch | None], found: Epoch | None) -> None:
    answers = [None, *(NodeStatus(f"postgres-{i}", "primary", leads=epoch) for i, epoch in enumerate(leads))]
    told = successor(answers, Epoch(3))
    assert (told and told.epoch) == found


@pytest.mark.parametrize(
    ("memory", "under_way"),
    [
        (Record(Epoch(3), Epoch(3)), False),
        (Record(Epoch(4), Epoch(3), frozenset({Epoch(4)}), Epoch(4)), True),
        (Record(Epoch(4), Epoch(3), leading=Epoch(4)), True),
        (Record(Epoch(3), Epoch(3), leading=Epoch(2)), False),
        (Lost("it is gone"), False),
    ],
)
def test_nobody_else_is_asked_while_one_stands_or_is_being_promoted(
    memory: Record | Lost, under_way: bool
) -> None:
    assert underway([None, replace(HEIR, memory=memory)], Epoch(3)) is under_way
