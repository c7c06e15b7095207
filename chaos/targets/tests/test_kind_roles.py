import pytest

from chaos.targets.base import TargetError
from chaos.targets.kind_roles import Cast, Seat, aim

NODES = ("control-plane", "worker", "worker2", "worker3")
CAST = Cast(
    (
        Seat("postgres-0", "worker3", "standby", streaming=False),
        Seat("postgres-1", "worker2", "primary"),
        Seat("postgres-2", "worker", "standby", streaming=True),
    ),
    {"pgpool-x-b": "worker2", "pgpool-x-a": "worker"},
    NODES,
)


@pytest.mark.parametrize(
    ("aims_at", "on", "names"),
    [
        ("member", "primary", ["postgres-1"]),
        ("member", "standby", ["postgres-0"]),
        ("member", "other-standby", ["postgres-2"]),
        ("member", "candidate", ["postgres-2"]),
        ("member", "standbys", ["postgres-0", "postgres-2"]),
        ("member", "all", ["postgres-0", "postgres-1", "postgres-2"]),
        ("member", "postgres-2", ["postgres-2"]),
        ("node", "primary", ["worker2"]),
        ("node", "standbys", ["worker3", "worker"]),
        ("node", "all", ["worker3", "worker2", "worker"]),
        ("node", "worker3", ["worker3"]),
        ("node", "control-plane", ["control-plane"]),
        ("node", "postgres-2", ["worker"]),
        ("node", "pgpool-a", ["worker"]),
        ("pool", "pgpool-a", ["pgpool-x-a"]),
        ("pool", "pool", ["pgpool-x-a"]),
        ("member", "pool", ["pgpool-x-a"]),
        ("pool", "pgpool-b", ["pgpool-x-b"]),
        ("pool", "pgpool-x-b", ["pgpool-x-b"]),
        ("pool", "pool-on-primary-node", ["pgpool-x-b"]),
        ("link", "primary>standby", ["postgres-1>postgres-0"]),
        ("link", "primary<>candidate", ["postgres-1<>postgres-2"]),
        ("link", "primary<>standbys", ["postgres-1<>postgres-0", "postgres-1<>postgres-2"]),
        ("link", "postgres-2>postgres-0", ["postgres-2>postgres-0"]),
        ("link", "primary>standby,primary>other-standby", ["postgres-1>postgres-0", "postgres-1>postgres-2"]),
        ("member", "postgres-0,primary", ["postgres-0", "postgres-1"]),
        ("cluster", "", ["cluster"]),
    ],
)
def test_a_role_becomes_names(aims_at: str, on: str, names: list[str]) -> None:
    assert aim(CAST, aims_at, on) == names


@pytest.mark.parametrize(
    ("aims_at", "on", "said"),
    [
        ("member", "postgres-7", "Nobody is 'postgres-7' now"),
        ("pool", "pgpool-c", "No pgpool pod is 'pgpool-c' now"),
        ("link", "primary", "is no link; say who with whom"),
        ("link", "primary>primary", "no link between two different members"),
        ("link", "primary<>standby>any", "Nobody is 'standby>any' now"),
        ("node", "worker9", "Nobody is 'worker9' now"),
    ],
)
def test_an_aim_that_is_not_there_is_refused_with_what_there_is(aims_at: str, on: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        aim(CAST, aims_at, on)


def test_two_primaries_are_nobody() -> None:
    both = Cast([Seat("postgres-0", "w", "primary"), Seat("postgres-1", "v", "primary")], {}, NODES)
    with pytest.raises(TargetError, match="Nobody is 'primary' now"):
        both.members("primary")


def test_any_is_one_of_them() -> None:
    assert {name for _ in range(99) for name in aim(CAST, "member", "any")} == {s.name for s in CAST.seats}


def test_a_pool_elsewhere_stands_in_for_the_one_on_the_primarys_node() -> None:
    assert Cast(CAST.seats, {"pgpool-x-a": "worker"}, NODES).pool("pool-on-primary-node") == "pgpool-x-a"


def test_a_member_without_a_node_cannot_lose_it() -> None:
    with pytest.raises(TargetError, match="is on no node now"):
        Cast([Seat("postgres-0", "", "silent")], {}, NODES).node("postgres-0")
