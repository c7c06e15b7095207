"""The hosts file that an agent keeps: what it holds, and that it is changed where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ha.hosts import Hosts, render
from ha.settings import Member

KUBELET = "127.0.0.1\tlocalhost\n10.244.1.7\tpgpool-x\n"
ONE, TWO = Member("postgres-0.x.svc"), Member("postgres-1.x.svc")


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def test_the_kubelets_lines_stay_and_every_member_has_one() -> None:
    text = render(KUBELET, {ONE: "10.0.0.1", TWO: "fd00::1"})
    assert text.startswith(KUBELET)
    assert lines(text)[2:] == [["10.0.0.1", ONE.host, ONE.name], ["fd00::1", TWO.host, TWO.name]]


def test_a_new_address_replaces_the_old_one_and_the_length_stays() -> None:
    old = render(KUBELET, {ONE: "10.0.0.1"})
    new = render(old, {ONE: "10.244.100.200"})
    assert lines(new)[2:] == [["10.244.100.200", ONE.host, ONE.name]]
    assert len(new) == len(old)


def test_the_file_is_written_in_place(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(KUBELET)
    inode = path.stat().st_ino
    Hosts(path).write({ONE: "10.0.0.1", TWO: "10.0.0.2"})
    Hosts(path).write({ONE: "10.0.0.3"})
    assert (path.read_text(), path.stat().st_ino) == (render(KUBELET, {ONE: "10.0.0.3"}), inode)


def test_what_is_no_address_stays_out(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(KUBELET)
    Hosts(path).write({ONE: "", TWO: "10.0.0.2 evil"})
    assert lines(path.read_text()) == lines(KUBELET)


def test_a_file_that_cannot_be_written_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hosts = Hosts(tmp_path / "missing" / "hosts")
    hosts.write({ONE: "10.0.0.1"})
    hosts.write({ONE: "10.0.0.2"})
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_without_a_path_nothing_is_written() -> None:
    Hosts(None).write({ONE: "10.0.0.1"})
