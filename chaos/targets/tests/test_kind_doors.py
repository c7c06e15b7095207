from chaos.kube.facts import PodInfo
from chaos.targets.kind_doors import POOLS_MAX, member_port, places


def pod(name: str, ip: str = "10.0.0.1") -> PodInfo:
    return PodInfo(name, "worker", ip, True, False, "c", "u", "pgpool")


def test_a_pool_keeps_its_door_while_it_lives() -> None:
    assert places({"a": 1, "b": 0}, [pod("a"), pod("b")], 1) == {"a": 1, "b": 0}


def test_the_successor_does_not_take_the_door_of_the_dead() -> None:
    assert places({"a": 0, "b": 1}, [pod("b"), pod("c")], 1) == {"b": 1, "c": 2}


def test_the_doors_go_round() -> None:
    last = POOLS_MAX - 1
    assert places({"a": last, "b": 0}, [pod("a"), pod("b"), pod("c")], last) == {"a": last, "b": 0, "c": 1}


def test_a_pod_without_an_address_waits() -> None:
    assert places({}, [pod("a", ip=""), pod("b")], -1) == {"b": 0}


def test_there_are_so_many_doors_and_no_more() -> None:
    assert len(places({}, [pod(f"p{i}") for i in range(POOLS_MAX + 2)], -1)) == POOLS_MAX


def test_every_member_has_its_own_door() -> None:
    assert [member_port(f"postgres-{i}") for i in (0, 1, 4)] == [30440, 30441, 30444]
