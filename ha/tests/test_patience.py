import pytest

from ha.node.facts import NodeStatus
from ha.node.patience import (
    CUT_S,
    DEAD_S,
    GONE_S,
    LEAVING_S,
    NOBODY_S,
    RANK_S,
    Patience,
    impatient,
    in_vain,
    mistaken,
)
from ha.node.peers import Gone
from ha.node.watch import Sight, What, sight_of
from ha.vote.epoch import Epoch, Seat

THREE = Seat(1, 3, 1)
FAST = Patience.of("fast")
LEADER = NodeStatus("a", "primary", leads=Epoch(3), confirming=1)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (LEADER, What.WELL),
        (NodeStatus("a", "primary", leads=Epoch(3)), What.ALONE),
        (NodeStatus("a", "primary", leads=Epoch(6), confirming=1), What.DOWN),
        (NodeStatus("a", "primary"), What.DOWN),
        (NodeStatus("a", "stopped", handing_over=True), What.LEAVING),
        (NodeStatus("a", "stopped"), What.DOWN),
        (Gone(), What.GONE),
        (None, What.SILENT),
    ],
)
def test_what_an_answer_means(answer: NodeStatus | Gone | None, what: What) -> None:
    assert sight_of(answer, Epoch(3), 1) is what


@pytest.mark.parametrize(
    ("what", "streaming", "after_s"),
    [
        pytest.param(What.DOWN, True, DEAD_S, id="its own agent says so"),
        pytest.param(What.GONE, False, GONE_S, id="nobody listens and the connection is closed"),
        pytest.param(What.SILENT, False, CUT_S, id="silent, and the connection is closed"),
        pytest.param(What.SILENT, True, FAST.silent_s, id="silent over a connection that looks whole"),
        pytest.param(What.ALONE, True, FAST.alone_s, id="nobody confirms to it"),
        pytest.param(What.LEAVING, False, LEAVING_S, id="it hands over"),
    ],
)
def test_how_long_a_standby_waits(what: What, streaming: bool, after_s: float) -> None:
    def stands(unwell_s: float, rank: int = 0, held_back_s: float = 0) -> bool:
        return impatient(
            Sight(what, unwell_s),
            streaming=streaming,
            leaderless_s=0,
            rank=rank,
            held_back_s=held_back_s,
            patience=FAST,
        )

    assert [stands(after_s - 0.01), stands(after_s)] == [False, True]
    assert [stands(after_s + RANK_S - 0.01, 1), stands(after_s + RANK_S, 1)] == [False, True]
    assert not stands(after_s + 99, held_back_s=0.1)


@pytest.mark.parametrize(
    ("what", "leaderless_s", "stands"),
    [(What.NOBODY, NOBODY_S, True), (What.NOBODY, NOBODY_S - 0.1, False), (What.WELL, 99, False)],
)
def test_without_a_primary_there_is_a_moment_for_the_others(
    what: What, leaderless_s: float, stands: bool
) -> None:
    sight = Sight(what, 99)
    assert (
        impatient(sight, streaming=False, leaderless_s=leaderless_s, rank=0, held_back_s=0, patience=FAST)
        is stands
    )


@pytest.mark.parametrize(
    ("followed", "assured", "vouched"),
    [
        (Epoch(3), Epoch(3), True),
        (Epoch(3), Epoch(5), True),
        (Epoch(3), Epoch(0), False),
        (Epoch(3), None, False),
        (None, None, False),
        (None, Epoch(3), True),
    ],
)
def test_nobody_stands_against_a_primary_that_another_standby_is_sure_of(
    followed: Epoch | None, assured: Epoch | None, vouched: bool
) -> None:
    peers = {"postgres-0": None, "postgres-2": NodeStatus("postgres-2", "standby", assured=assured)}
    assert in_vain(THREE, followed, peers) is vouched


def test_nobody_stands_while_too_few_answer() -> None:
    alone = {"postgres-0": None, "postgres-2": None}
    assert in_vain(THREE, None, alone)


def test_a_cloud_gets_more_time_than_a_laptop() -> None:
    assert Patience.of("safe").silent_s > FAST.silent_s


@pytest.mark.parametrize(
    ("what", "followed", "wrong"),
    [
        (What.WELL, 5, True),
        (What.ALONE, 5, True),
        (What.LEAVING, 5, True),
        (What.NOBODY, 5, True),
        (What.DOWN, 5, False),
        (What.GONE, 5, False),
        (What.SILENT, 5, False),
        (What.NOBODY, None, False),
    ],
)
def test_repmgrd_is_heeded_where_nobody_leads(what: What, followed: int | None, wrong: bool) -> None:
    assert mistaken(Sight(what, 9.0), None if followed is None else Epoch(followed)) is wrong
