import pytest

from ha.node.facts import NodeStatus
from ha.node.gate import is_first_choice, judge


def standby(
    name: str, lsn: int = 100, timeline: int = 1, *, settled: bool = True, streaming: bool = False
) -> NodeStatus:
    return NodeStatus(name, "standby", timeline=timeline, lsn=lsn, settled=settled, streaming=streaming)


ME = standby("postgres-1")
SIBLING = standby("postgres-2")
GONE = {"postgres-0": None}


@pytest.mark.parametrize(
    ("me", "answers", "allowed"),
    [
        pytest.param(ME, {**GONE, "postgres-2": SIBLING}, True, id="both standbys, primary silent"),
        pytest.param(
            ME, {"postgres-0": standby("postgres-0", 90), "postgres-2": SIBLING}, True, id="all are standbys"
        ),
        pytest.param(ME, {**GONE, "postgres-2": None}, False, id="silence is no vote"),
        pytest.param(ME, {**GONE, "postgres-2": standby("postgres-2", 101)}, False, id="a sibling is ahead"),
        pytest.param(
            ME,
            {**GONE, "postgres-2": standby("postgres-2", 1, 2)},
            False,
            id="a sibling has a newer timeline",
        ),
        pytest.param(
            ME, {**GONE, "postgres-2": standby("postgres-2", 50, settled=False)}, False, id="still replaying"
        ),
        pytest.param(
            ME,
            {**GONE, "postgres-2": standby("postgres-2", 9, streaming=True)},
            False,
            id="a sibling receives",
        ),
        pytest.param(
            ME,
            {"postgres-0": NodeStatus("postgres-0", "primary"), "postgres-2": SIBLING},
            False,
            id="a primary",
        ),
        pytest.param(
            ME,
            {**GONE, "postgres-2": NodeStatus("postgres-2", "empty")},
            False,
            id="an empty volume is no vote",
        ),
        pytest.param(
            standby("postgres-1", streaming=True), {**GONE, "postgres-2": SIBLING}, False, id="I receive"
        ),
        pytest.param(
            standby("postgres-1", settled=False), {**GONE, "postgres-2": SIBLING}, False, id="I replay"
        ),
        pytest.param(
            NodeStatus("postgres-1", "starting"), {**GONE, "postgres-2": SIBLING}, False, id="I start"
        ),
    ],
)
def test_only_a_node_that_must_hold_every_acknowledged_write_may_lead(
    me: NodeStatus, answers: dict[str, NodeStatus | None], allowed: bool
) -> None:
    assert judge(me, answers, 1).allowed is allowed


@pytest.mark.parametrize(("members", "k", "needed"), [(3, 1, 2), (5, 2, 3), (5, 1, 4), (3, 0, 3)])
def test_the_set_that_answers_meets_every_set_that_acknowledged(members: int, k: int, needed: int) -> None:
    others = [f"postgres-{i}" for i in range(members) if i != 1]
    for answering in range(members):
        answers = {name: standby(name) if i < answering else None for i, name in enumerate(others)}
        assert judge(ME, answers, k).allowed is (answering + 1 >= needed)


def test_of_equals_the_lowest_ordinal_stands() -> None:
    ordinals = {"postgres-1": 1, "postgres-2": 2}
    assert is_first_choice(ME, [SIBLING, None], ordinals)
    assert not is_first_choice(SIBLING, [ME, None], ordinals)
    assert is_first_choice(standby("postgres-2", 101), [ME], ordinals)
