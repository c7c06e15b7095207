"""The members' addresses in /etc/hosts: what is written, and that a reader sees whole lines only."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ha.hosts import SIZE, Hosts, parse, render

BASE = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n10.0.0.9\tpostgres-2.p.ns.svc\tpostgres-2\n"
ZERO, ONE, TWO = (f"postgres-{i}.p.ns.svc" for i in range(3))
KNOWN = {ZERO: "10.0.0.1", ONE: "10.0.0.2"}


def words(content: bytes) -> list[list[str]]:
    """What a resolver makes of it."""
    lines = (line.partition("#")[0].split() for line in content.decode().splitlines())
    return [line for line in lines if line]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "hosts"
    file.write_text(BASE)
    return file


def test_every_member_has_its_full_and_its_short_name() -> None:
    found = words(render(BASE, KNOWN))
    assert found[:2] == words(BASE.encode())
    assert found[2:] == [["10.0.0.1", ZERO, "postgres-0"], ["10.0.0.2", ONE, "postgres-1"]]


def test_an_unknown_member_has_no_line_and_is_asked_of_dns() -> None:
    assert [line[1] for line in words(render("", {ZERO: "", ONE: "10.0.0.2"}))] == [ONE]


def test_the_pod_itself_has_one_line_and_its_address_is_nobody_elses() -> None:
    assert render(BASE, {ZERO: "10.0.0.9", TWO: "10.0.0.3"}).count(b"10.0.0.") == 1


@pytest.mark.parametrize("base", ["", BASE, BASE + "#" * SIZE + "\n", "x" * (SIZE - 1) + "\n"])
def test_another_address_changes_neither_length_nor_place(base: str) -> None:
    longest = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
    made = [render(base, {ZERO: address, ONE: "10.0.0.2"}) for address in ("", "10.0.0.1", longest)]
    assert {len(content) % SIZE for content in made} == {0}
    assert len({(len(content), content.index(ONE.encode())) for content in made}) == 1
    assert {content[-1:] for content in made} == {b"\n"}


def test_what_was_written_can_be_read_again() -> None:
    base, known = parse(render(BASE, KNOWN | {"postgres-4.p.ns.svc": ""}).decode())
    assert (base, known) == (BASE, KNOWN)
    assert render(base, known) == render(BASE, KNOWN)


def test_the_file_is_changed_in_place(path: Path) -> None:
    inode, hosts = path.stat().st_ino, Hosts(path)
    for address in ("10.0.0.1", "10.0.0.111"):
        hosts.put({ZERO: address})
        assert (path.stat().st_ino, path.stat().st_size) == (inode, SIZE)
        assert words(path.read_bytes())[2][0] == address
    assert hosts.held == {ZERO}


def test_nothing_is_written_when_nothing_changed(path: Path) -> None:
    hosts = Hosts(path)
    hosts.put(KNOWN)
    path.write_text("somebody else's\n")
    hosts.put(KNOWN)
    assert path.read_text() == "somebody else's\n"


def test_the_next_container_of_the_pod_knows_what_the_last_one_wrote(path: Path) -> None:
    Hosts(path).put(KNOWN)
    assert Hosts(path).known == KNOWN


def test_without_a_path_nothing_is_kept() -> None:
    hosts = Hosts(None)
    hosts.put(KNOWN)
    assert (hosts.held, hosts.known) == (frozenset(), {})


def test_a_file_that_cannot_be_written_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        hosts = Hosts(tmp_path / "none")
        hosts.put(KNOWN)
        hosts.put({ZERO: "10.0.0.3"})
    assert (len(caplog.records), hosts.held) == (1, frozenset())
    assert not (tmp_path / "none").exists()
