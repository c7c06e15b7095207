"""Rules as iptables-restore reads them; that they drop what they should is tested beside the scripts."""

import pytest

from chaos.faults.docker import free_below
from chaos.faults.hands import FaultError
from chaos.faults.links import ways
from chaos.faults.rules import apart, chain_name, deafened, dns_dropped, muted, restore_text, spared


def test_a_cut_node_drops_in_both_tables() -> None:
    assert restore_text("C", [*deafened(), *muted()]).splitlines() == [
        "*raw",
        ":C - [0:0]",
        "-A C  -j DROP",
        "-I PREROUTING -i eth0 -j C",
        "COMMIT",
        "*mangle",
        ":C - [0:0]",
        "-A C  -j DROP",
        "-I POSTROUTING -o eth0 -j C",
        "COMMIT",
    ]


def test_a_deaf_node_may_speak() -> None:
    assert "mangle" not in restore_text("C", deafened())


def test_dns_is_dropped_wherever_it_comes_from() -> None:
    assert "-I PREROUTING -j C" in restore_text("C", dns_dropped(), device="")


def test_spared_pods_come_first() -> None:
    text = restore_text("C", apart(["10.1.0.0/24"], to="10.2.0.0/24", spared=["10.1.0.9"]))
    added = [line for line in text.splitlines() if line.startswith("-A")]
    assert added == [
        "-A C -s 10.1.0.9 -j RETURN",
        "-A C -d 10.1.0.9 -j RETURN",
        "-A C -s 10.1.0.0/24 -d 10.2.0.0/24 -j DROP",
    ]


def test_a_service_is_parted_whoever_of_both_opened_the_connection() -> None:
    text = restore_text("C", apart(["10.1.0.0/24"], to="10.2.0.0/24", port=5432))
    assert [line for line in text.splitlines() if line.startswith("-A")] == [
        "-A C -s 10.1.0.0/24 -d 10.2.0.0/24 -p tcp --dport 5432 -j DROP",
        "-A C -s 10.1.0.0/24 -d 10.2.0.0/24 -p tcp --sport 5432 -j DROP",
    ]


def test_the_way_of_the_heal_is_spared_in_both_directions_before_all_is_dropped() -> None:
    text = restore_text("C", [*spared(10250), *deafened(), *muted()])
    assert [line for line in text.splitlines() if line.startswith("-A")] == [
        "-A C -p tcp --dport 10250 -j RETURN",
        "-A C  -j DROP",
        "-A C -p tcp --sport 10250 -j RETURN",
        "-A C  -j DROP",
    ]
    assert spared(0) == []


def test_no_rules_change_nothing() -> None:
    assert restore_text("C", []) == ""


def test_every_fault_has_its_own_chain_of_a_name_iptables_takes() -> None:
    assert chain_name() != chain_name()
    assert len(chain_name()) <= 28


def test_the_ways_of_a_link() -> None:
    assert ways("a-0>a-1") == [("a-0", "a-1")]
    assert ways("a-0<>a-1") == [("a-0", "a-1"), ("a-1", "a-0")]


@pytest.mark.parametrize("text", ["a", "a>", "<>a", "a>a", "a>b>c", "a<>b<>c"])
def test_no_link(text: str) -> None:
    with pytest.raises(FaultError, match="is no link; say"):
        ways(text)


@pytest.mark.parametrize(
    ("address", "used", "count"),
    [
        ("172.18.0.2", ["172.18.0.1"], 0),
        ("172.18.0.5", ["172.18.0.1", "172.18.0.3", "172.18.0.4"], 1),
        ("172.18.0.5", ["172.18.0.1", "172.18.0.6"], 3),
    ],
)
def test_addresses_that_docker_would_give_away_first(address: str, used: list[str], count: int) -> None:
    assert free_below(address, "172.18.0.0/16", used) == count
