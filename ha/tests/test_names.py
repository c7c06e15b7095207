"""What a lookup does to a known address, who owns one, and when name servers are not to be trusted."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.resolver
import dns.rrset
import pytest

from ha.hosts import ABSENT, Hosts
from ha.names import Looked, Names, ask, doubtful, learned, lookup
from ha.settings import Member

KNOWN = Looked("10.0.0.1")
SILENCE = Looked(error="no name server answers", failed=True)
GONE = Looked(error="its name does not resolve", gone=True)
MEMBERS = [Member("postgres-0.x"), Member("postgres-1.x")]


@pytest.mark.parametrize(
    ("outcome", "address", "failed"),
    [
        (None, "10.0.0.2", False),
        (dns.resolver.NXDOMAIN, "", False),
        (dns.exception.Timeout, "", True),
        (dns.resolver.NoResolverConfiguration, "", True),
        (OSError, "", True),
    ],
)
def test_no_is_an_answer_and_silence_is_none(
    outcome: type[Exception] | None, address: str, failed: bool
) -> None:
    def question(host: str, patience_s: float) -> str:
        if outcome:
            raise outcome
        return "10.0.0.2"

    found = lookup("postgres-0.x", 1, question)
    assert (found.address, found.failed, bool(found.error)) == (address, failed, outcome is not None)


@pytest.mark.parametrize(
    ("found", "address"), [(SILENCE, "10.0.0.1"), (GONE, ""), (Looked("10.0.0.2"), "10.0.0.2")]
)
def test_only_an_answer_takes_an_address_away(found: Looked, address: str) -> None:
    after = learned({"a": KNOWN}, "a", found)["a"]
    assert (after.address, after.error, after.failed) == (address, found.error, found.failed)
    assert learned({"a": after}, "a", Looked("10.0.0.3"))["a"] == Looked("10.0.0.3")


def test_a_pod_that_is_gone_stays_gone_while_name_servers_are_silent() -> None:
    gone = learned({"a": KNOWN}, "a", GONE)
    assert learned(gone, "a", SILENCE)["a"].gone


def test_an_address_has_one_owner_the_newest() -> None:
    after = learned({"a": KNOWN, "b": Looked()}, "b", KNOWN)
    assert (after["a"].address, after["b"].address) == ("", "10.0.0.1")
    assert learned(after, "a", SILENCE)["b"] == KNOWN, "who was not answered claims nothing"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([KNOWN, KNOWN], False),
        ([KNOWN, SILENCE], True),
        ([KNOWN, Looked("10.0.0.1", began=99.1)], False),
        ([KNOWN, Looked("10.0.0.1", began=98.9)], True),
        ([KNOWN, GONE], False),
    ],
)
def test_one_name_without_an_answer_is_a_doubt(known: list[Looked], expected: bool) -> None:
    assert doubtful(known, 100) is expected


class Dns:
    """Answers at once, except for who hangs."""

    def __init__(self) -> None:
        self.addresses = {"postgres-0.x": "10.0.0.2", "postgres-1.x": "10.0.0.3"}
        self.hangs: set[str] = set()
        self.ended = threading.Event()

    def __call__(self, host: str, patience_s: float) -> str:
        if host in self.hangs:
            self.ended.wait(10)
        return self.addresses[host]


@pytest.fixture
def servers() -> Iterator[Dns]:
    made = Dns()
    yield made
    made.ended.set()


def test_a_lookup_that_hangs_is_a_doubt_and_holds_nobody(servers: Dns) -> None:
    servers.hangs = {"postgres-1.x"}
    changed: list[float] = []
    names = Names(MEMBERS, lambda: changed.append(time.monotonic()), question=servers)
    began = time.monotonic()
    names.start()
    assert time.monotonic() - began < 3
    assert names.of("postgres-0").address == "10.0.0.2"
    assert len(changed) == 1, "the answer of the one was told at once"
    time.sleep(0.1)
    assert names.doubt
    names.stop()


def test_the_file_follows_and_who_is_in_it_is_in_no_doubt(servers: Dns, tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.touch()
    names = Names(MEMBERS, lambda: None, Hosts(path), servers)
    names.start()
    servers.addresses["postgres-0.x"], servers.hangs = "10.0.0.4", {"postgres-1.x"}
    time.sleep(2.3)
    assert path.read_text().split("postgres-0.x")[0].split()[-1] == "10.0.0.4"
    assert (names.of("postgres-1").began is not None, names.doubt) == (True, False)
    names.stop()


def test_a_former_containers_addresses_are_kept_while_dns_is_silent(servers: Dns, tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.touch()
    Hosts(path).put({"postgres-0.x": "10.0.0.7", "postgres-1.x": "10.0.0.8"})
    servers.hangs = {"postgres-1.x"}
    names = Names(MEMBERS, lambda: None, Hosts(path), servers)
    names.start()
    assert Hosts(path).known == {"postgres-0.x": "10.0.0.2", "postgres-1.x": "10.0.0.8"}
    names.stop()


def test_whoever_connects_to_a_pod_that_is_gone_is_refused_at_once(tmp_path: Path) -> None:
    def question(host: str, patience_s: float) -> str:
        raise dns.resolver.NXDOMAIN

    path = tmp_path / "hosts"
    path.touch()
    names = Names(MEMBERS, lambda: None, Hosts(path), question)
    names.start()
    names.stop()
    assert (Hosts(path).known["postgres-0.x"], names.of("postgres-0").address) == (ABSENT, "")
    with socket.socket() as client, pytest.raises(OSError, match="unreachable"):
        client.connect((ABSENT, 5432))


def test_an_address_is_not_looked_up() -> None:
    assert ask("10.0.0.7", 0.25) == "10.0.0.7"


def test_a_lost_question_is_asked_again_from_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            for _ in range(2):
                wire, client = server.recvfrom(512)
                ports.append(client[1])
            query = dns.message.from_wire(wire)
            answer = dns.message.make_response(query)
            answer.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "A", "10.0.0.5"))
            server.sendto(answer.to_wire(), client)

        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], server.getsockname()[1]
        monkeypatch.setattr(dns.resolver, "Resolver", lambda: made)
        threading.Thread(target=serve, daemon=True).start()
        assert ask("postgres-0.x", 0.25) == "10.0.0.5"
    assert ports[0] != ports[1]
