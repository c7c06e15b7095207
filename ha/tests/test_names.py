"""What a failed lookup does to a known address, and when name servers are not to be trusted."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import dns.exception
import pytest
from dns.resolver import NXDOMAIN, Resolver

from ha.hosts import Hosts
from ha.names import Looked, Names, doubtful, lookup
from ha.settings import Member

KNOWN = Looked("10.0.0.1")


def answer(monkeypatch: pytest.MonkeyPatch, error: Exception | type[Exception] | None) -> None:
    """Let every lookup end like this: the address 10.0.0.2, or an error."""

    def resolve(self: Resolver, name: str, kind: str) -> list[str]:
        if error is not None:
            raise error
        return ["10.0.0.2"]

    monkeypatch.setattr(Resolver, "__init__", lambda self: None)
    monkeypatch.setattr(Resolver, "resolve", resolve)


@pytest.mark.parametrize(
    ("error", "address", "failed"),
    [
        (None, "10.0.0.2", False),
        (dns.exception.DNSException, "10.0.0.1", True),
        (OSError("Network is unreachable"), "10.0.0.1", True),
        (NXDOMAIN, "", False),
    ],
)
def test_the_last_address_outlives_the_name_server_and_not_the_pod(
    monkeypatch: pytest.MonkeyPatch, error: Exception | type[Exception] | None, address: str, failed: bool
) -> None:
    answer(monkeypatch, error)
    found = lookup("postgres-0.x", KNOWN)
    assert (found.address, found.failed) == (address, failed)


def test_an_address_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, OSError("nobody was to be asked"))
    assert lookup("10.0.0.7", KNOWN) == Looked("10.0.0.7")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([KNOWN, KNOWN], False),
        ([KNOWN, Looked("10.0.0.1", "so it is", failed=True)], True),
        ([KNOWN, Looked("10.0.0.1", began=99.0)], False),
        ([KNOWN, Looked("10.0.0.1", began=98.7)], True),
        ([KNOWN, Looked(error="its name does not resolve")], False),
    ],
)
def test_one_name_without_an_answer_is_a_doubt(known: list[Looked], expected: bool) -> None:
    assert doubtful(known, 100) is expected


def test_a_lookup_that_hangs_is_a_doubt_and_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, None)
    ended = threading.Event()

    def resolve(self: Resolver, name: str, kind: str) -> list[str]:
        if name == "postgres-1.x":
            ended.wait(10)
        return ["10.0.0.2"]

    monkeypatch.setattr(Resolver, "resolve", resolve)
    changed: list[float] = []
    names = Names([Member("postgres-0.x"), Member("postgres-1.x")], lambda: changed.append(time.monotonic()))
    began = time.monotonic()
    names.start()
    assert time.monotonic() - began < 3
    assert names.of("postgres-0").address == "10.0.0.2"
    assert len(changed) == 1, "the answer of the one was told at once"
    time.sleep(0.3)
    assert names.doubt
    names.stop()
    ended.set()


def test_the_hosts_file_keeps_the_address_of_a_pod_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost\n")
    answer(monkeypatch, None)
    names = Names([Member("postgres-0.x")], lambda: None, Hosts(path))
    names.start()
    written = path.read_text()
    names._keep(Member("postgres-0.x"), "")
    names.stop()
    assert "10.0.0.2" in written
    assert path.read_text() == written
