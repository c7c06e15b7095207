"""The members' addresses, asked of DNS ahead of need, so that nobody waits for a name server when it matters.

DNS is asked past /etc/hosts, which is where the answers go (ha/hosts.py): a name server may die with a node, and
stays an endpoint of its Service for 40 s. dnspython sends each attempt from a socket, and so a port, of its own;
glibc's attempts share one, and conntrack takes them all to the same dead replica.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import dns.exception
import dns.inet
import dns.name
import dns.resolver

from ha.hosts import ABSENT, Hosts
from ha.settings import Member

__all__ = ["Ask", "Looked", "Names", "ask", "doubtful", "learned", "lookup"]

PERIOD_S = 1.0
SLOW_S = 1.0
"""A lookup that takes longer has failed; also resolv.conf's timeout in our pods (synth: timeout:1)."""
TRY_S = 0.25
"""One attempt: three of them fit in a lookup, and one of two name servers may be dead."""

NOWHERE = Hosts(None)

Ask = Callable[[str, float], str]
"""An address of a full host name; the number is the patience of one attempt in seconds. Raises as `ask` does."""


@dataclass(frozen=True)
class Looked:
    """What is known of one name: address of the last good answer, and how the newest lookup ended.

    gone: the last answer was that there is no such pod; silence since then changes nothing.
    began: when a lookup that is still running began (monotonic seconds), None when none is.
    """

    address: str = ""
    error: str = ""
    failed: bool = False
    gone: bool = False
    began: float | None = None


def doubtful(known: Sequence[Looked], now: float) -> bool:
    """Whether name servers fail us: a lookup ended without an answer, or is overdue.

    One name is enough: with one of two name servers dead, some lookups fail and some do not.
    """
    return any(k.failed or (k.began is not None and now - k.began > SLOW_S) for k in known)


def learned(known: Mapping[str, Looked], name: str, found: Looked) -> dict[str, Looked]:
    """What is known after this lookup: silence takes no address away, only an answer does.

    An address has one owner, whom it was told for last: a cluster gives it to another pod, and kept for both it
    would make one member speak for two.
    """
    if found.failed:
        return {**known, name: replace(found, address=known[name].address, gone=known[name].gone)}
    others = {
        n: replace(k, address="") if found.address and k.address == found.address else k
        for n, k in known.items()
    }
    return {**others, name: found}


def ask(host: str, patience_s: float) -> str:
    """Ask the name servers of resolv.conf. Raises NXDOMAIN or NoAnswer for no, other DNSException for silence.

    An address is its own answer.
    """
    if dns.inet.is_address(host):
        return host
    resolver = _resolver(patience_s)
    # Absolute: no search domains.
    name = dns.name.from_text(host)
    try:
        return str(resolver.resolve(name, "A")[0])
    except dns.resolver.NoAnswer:
        return str(resolver.resolve(name, "AAAA")[0])


@cache
def _resolver(patience_s: float) -> dns.resolver.Resolver:
    # A pod's resolv.conf never changes; to read it for every question took most of a question's time.
    resolver = dns.resolver.Resolver()
    resolver.timeout = patience_s
    resolver.lifetime = SLOW_S
    return resolver


def lookup(host: str, patience_s: float, question: Ask = ask) -> Looked:
    """The outcome of one lookup by itself: an address or an error."""
    try:
        return Looked(question(host, patience_s))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Looked(error="its name does not resolve", gone=True)
    except (dns.exception.DNSException, OSError) as error:
        return Looked(error=f"no name server answers: {type(error).__name__}", failed=True)


class Names:
    """One thread per member, because a lookup can take as long as it likes; readers see the last outcome.

    hosts: the file to keep, which also tells what a former container of this pod knew. changed: called when a
    lookup ended otherwise than the one before.
    """

    def __init__(
        self,
        members: Sequence[Member],
        changed: Callable[[], None],
        hosts: Hosts = NOWHERE,
        question: Ask = ask,
    ) -> None:
        self._members = members
        self._changed = changed
        self._hosts = hosts
        self._question = question
        self._known = {m.name: _restored(hosts.known.get(m.host, "")) for m in members}
        self._learning = threading.Lock()
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
        """Whether somebody who looks up a member now may wait in vain; who is in the file is found there."""
        held, known = self._hosts.held, self._known
        return doubtful([known[m.name] for m in self._members if m.host not in held], time.monotonic())

    def _loop(self, member: Member, done: threading.Event) -> None:
        while not self._stop.is_set():
            before = self._begin(member.name)
            # On a machine so busy that no quick attempt is answered, one attempt gets all the time.
            found = lookup(member.host, SLOW_S if before.failed else TRY_S, self._question)
            now = self._end(member.name, found)
            done.set()
            if now != before:
                self._changed()
            self._stop.wait(PERIOD_S)

    def _begin(self, name: str) -> Looked:
        with self._learning:
            before = self._known[name]
            self._known = {**self._known, name: replace(before, began=time.monotonic())}
        return before

    def _end(self, name: str, found: Looked) -> Looked:
        with self._learning:
            known = learned(self._known, name, found)
            # The file first: who hears of a new address may look it up at once.
            self._hosts.put({m.host: _line(known[m.name]) for m in self._members})
            self._known = known
        return known[name]


def _line(known: Looked) -> str:
    return ABSENT if known.gone else known.address


def _restored(address: str) -> Looked:
    return Looked(gone=True) if address == ABSENT else Looked(address)
