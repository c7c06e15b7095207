"""What a failed lookup does to a known address, and when name servers are not to be trusted."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ha.pool.names import Looked, Names, doubtful, lookup
from ha.settings import Member

KNOWN = Looked("10.0.0.1")


def answer(monkeypatch: pytest.MonkeyPatch, error: int | None) -> None:
    """Let every lookup end like this: the address 10.0.0.2, or an error."""

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        if error is not None:
            raise socket.gaierror(error, "so it is")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.2", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    ("error", "address", "failed"),
    [
        (None, "10.0.0.2", False),
        (socket.EAI_AGAIN, "10.0.0.1", True),
        (socket.EAI_FAIL, "10.0.0.1", True),
        (socket.EAI_NONAME, "", False),
    ],
)
def test_the_last_address_outlives_the_name_server_and_not_the_pod(
    monkeypatch: pytest.MonkeyPatch, error: int | None, address: str, failed: bool
) -> None:
    answer(monkeypatch, error)
    found = lookup("postgres-0.x", KNOWN)
    assert (found.address, found.failed) == (address, failed)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([KNOWN, KNOWN], False),
        ([KNOWN, Looked("10.0.0.1", "so it is", failed=True)], True),
        ([KNOWN, Looked("10.0.0.1", began=99.1)], False),
        ([KNOWN, Looked("10.0.0.1", began=98.9)], True),
        ([KNOWN, Looked(error="its name does not resolve")], False),
    ],
)
def test_one_name_without_an_answer_is_a_doubt(known: list[Looked], expected: bool) -> None:
    assert doubtful(known, 100) is expected


def test_a_lookup_that_hangs_is_a_doubt_and_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, None)
    quick, ended = socket.getaddrinfo, threading.Event()

    def getaddrinfo(host: str, *_: object, **__: object) -> object:
        if host == "postgres-1.x":
            ended.wait(10)
        return quick(host, None)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    changed: list[float] = []
    names = Names([Member("postgres-0.x"), Member("postgres-1.x")], lambda: changed.append(time.monotonic()))
    began = time.monotonic()
    names.start()
    assert time.monotonic() - began < 3
    assert names.of("postgres-0").address == "10.0.0.2"
    assert len(changed) == 1, "the answer of the one was told at once"
    time.sleep(0.1)
    assert names.doubt
    names.stop()
    ended.set()
