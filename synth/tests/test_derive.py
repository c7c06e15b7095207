from __future__ import annotations

import pytest

from synth import derive
from synth.quantity import cpu_cores, memory_bytes


@pytest.mark.parametrize(("nodes", "quorum", "k"), [(3, 2, 1), (5, 3, 2)])
def test_quorum_and_synchronous_standbys(nodes: int, quorum: int, k: int) -> None:
    assert (derive.quorum(nodes), derive.sync_standbys(nodes)) == (quorum, k)


@pytest.mark.parametrize(
    ("rate", "gap_s", "pools", "children"),
    [(20, 9, 2, 200), (20, 11, 2, 240), (20, 9, 3, 100), (7, 9, 4, 24)],
)
def test_children_hold_all_who_came_in_the_gap(rate: int, gap_s: int, pools: int, children: int) -> None:
    assert derive.num_init_children(rate, gap_s, pools) == children


def test_connections_grow_with_everything_that_connects() -> None:
    least = derive.max_connections(nodes=3, pools=2, children=32)
    assert least == 150
    assert least < derive.max_connections(nodes=3, pools=3, children=32)
    assert least < derive.max_connections(nodes=3, pools=2, children=64)
    assert least < derive.max_connections(nodes=9, pools=2, children=32)


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("1k", 1000), ("64Mi", 64 << 20), ("2Gi", 2 << 30), ("3G", 3 * 10**9)]
)
def test_memory(text: str, value: int) -> None:
    assert memory_bytes(text) == value


@pytest.mark.parametrize(("text", "value"), [("250m", 0.25), ("2", 2), ("1.5", 1.5), ("0.1", 0.1)])
def test_cpu(text: str, value: float) -> None:
    assert cpu_cores(text) == value


@pytest.mark.parametrize("text", ["", "0", "1GB", "-1Gi", "1 Gi", "Gi", "1.5Gi"])
def test_no_memory(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        memory_bytes(text)


@pytest.mark.parametrize("text", ["", "0", "0m", "0.0", "2 cores", "1.5m"])
def test_no_cpu(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        cpu_cores(text)
