"""The members' addresses, looked up ahead of need, so that no question to a server waits for a name server."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dns.exception
import dns.resolver

from ha.hosts import Hosts
from ha.settings import Member

__all__ = ["Looked", "Names", "doubtful", "lookup"]

PERIOD_S = 1.0
TRY_S = 0.3
"""Then the question is asked anew, on a new socket, which may lead to another name server. An answer takes 2 ms."""
SLOW_S = 1.2
"""A lookup that takes longer has lost several questions."""


@dataclass(frozen=True)
class Looked:
    """What is known of one name: address of the last good answer, and how the newest lookup ended.

    began: when a lookup that is still running began (monotonic seconds), None when none is.
    """

    address: str = ""
    error: str = ""
    failed: bool = False
    began: float | None = None


def doubtful(known: Sequence[Looked], now: float) -> bool:
    """Whether name servers fail us: a lookup ended without an answer, or is overdue.

    One name is enough: with one of two name servers dead, some lookups fail and some do not.
    """
    return any(k.failed or (k.began is not None and now - k.began > SLOW_S) for k in known)


def lookup(host: str, before: Looked) -> Looked:
    """Ask for an address. A pod that is gone has none; a name server that is gone leaves us the last one."""
    try:
        return Looked(_resolve(host))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Looked(error="its name does not resolve")
    except (dns.exception.DNSException, OSError) as error:
        return Looked(before.address, f"no name server answers: {error}", failed=True)


def _resolve(host: str) -> str:
    """Ask the name servers themselves: the C library would find our own file (ha/hosts.py) first."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        resolver = dns.resolver.Resolver()
        resolver.timeout, resolver.lifetime = TRY_S, SLOW_S
    try:
        found = resolver.resolve(host, "A")
    except dns.resolver.NoAnswer:
        found = resolver.resolve(host, "AAAA")
    return str(found[0])


class Names:
    """One thread per member, because a lookup can take as long as it likes; readers see the last outcome."""

    def __init__(
        self, members: Sequence[Member], changed: Callable[[], None], hosts: Hosts | None = None
    ) -> None:
        self._members = members
        self._changed = changed
        self._hosts = hosts or Hosts(None)
        self._known = {m.name: Looked() for m in members}
        self._addresses: dict[Member, str] = {}
        self._writing = threading.Lock()
        self._stop = threading.Event()

    def start(self) -> None:
        """Look up every name once (within SLOW_S), then go on in the background."""
        first = [threading.Event() for _ in self._members]
        for member, done in zip(self._members, first, strict=True):
            threading.Thread(target=self._loop, args=(member, done), name="names", daemon=True).start()
        deadline = time.monotonic() + SLOW_S
        for done in first:
            done.wait(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """Look up no more."""
        self._stop.set()

    def of(self, name: str) -> Looked:
        """What is known of this member."""
        return self._known[name]

    @property
    def doubt(self) -> bool:
        """Whether names resolve badly now."""
        return doubtful(list(self._known.values()), time.monotonic())

    def _loop(self, member: Member, done: threading.Event) -> None:
        while not self._stop.is_set():
            before = self._known[member.name]
            self._known[member.name] = Looked(before.address, before.error, before.failed, time.monotonic())
            now = self._known[member.name] = lookup(member.host, before)
            self._keep(member, now.address)
            done.set()
            if now != before:
                self._changed()
            self._stop.wait(PERIOD_S)

    def _keep(self, member: Member, address: str) -> None:
        """The file keeps the address of a pod that is gone: without one, whoever asks would wait for DNS."""
        with self._writing:
            if address and self._addresses.get(member) != address:
                self._addresses[member] = address
                self._hosts.write({m: self._addresses[m] for m in self._members if m in self._addresses})
