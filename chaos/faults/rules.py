"""Which packets are dropped, as text for iptables-restore; every fault has chains of its own.

What comes in is dropped before connection tracking sees it (raw PREROUTING), what goes out before its
address is translated (mangle POSTROUTING); so the addresses in rules are the pods' own. But for DNS only
eth0 is looked at: what stays on a node is not dropped.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chaos.faults.scripts import CHAIN

__all__ = ["Rule", "apart", "chain_name", "deafened", "dns_dropped", "muted", "restore_text", "spared"]

DEVICE = "eth0"
DNS_PORT = 53


@dataclass(frozen=True)
class Rule:
    """One rule: `incoming` or outgoing packets that match are dropped, or spared."""

    incoming: bool
    match: str = ""
    spare: bool = False

    @property
    def target(self) -> str:
        """What iptables does with a packet that matches."""
        return "RETURN" if self.spare else "DROP"


def chain_name() -> str:
    """Return a name nobody else has; both tables use it. iptables allows 28 characters."""
    return CHAIN + secrets.token_hex(4)


def restore_text(chain: str, rules: Sequence[Rule], device: str = DEVICE) -> str:
    """Return what iptables-restore reads. An empty `device` means every one, loopback and pods included."""
    blocks = []
    for table, hook, flag, incoming in (
        ("raw", "PREROUTING", "-i", True),
        ("mangle", "POSTROUTING", "-o", False),
    ):
        mine = [rule for rule in rules if rule.incoming == incoming]
        if mine:
            added = [f"-A {chain} {rule.match} -j {rule.target}" for rule in mine]
            jump = f"-I {hook} {flag} {device} -j {chain}" if device else f"-I {hook} -j {chain}"
            blocks += [f"*{table}", f":{chain} - [0:0]", *added, jump, "COMMIT"]
    return "\n".join(blocks)


def deafened() -> list[Rule]:
    """Return the rules of a node that hears nothing."""
    return [Rule(incoming=True)]


def muted() -> list[Rule]:
    """Return the rules of a node that nobody hears."""
    return [Rule(incoming=False)]


def apart(
    sources: Sequence[str], to: str = "", spared: Iterable[str] = (), loss: float = 1.0, port: int = 0
) -> list[Rule]:
    """Return the rules of a node that does not hear some sources, or hears `loss` of their packets not.

    `to` limits it to packets for some addresses, `port` to a TCP service on either side; `spared` are single
    addresses that are not meant.
    """
    services = [f"-p tcp --{end} {port}" for end in ("dport", "sport")] if port else [""]
    chance = "" if loss >= 1 else f"-m statistic --mode random --probability {loss:g}"
    spare = [Rule(True, f"{flag} {address}", spare=True) for address in spared for flag in ("-s", "-d")]
    drop = [
        Rule(True, " ".join(filter(None, (f"-s {source}", to and f"-d {to}", service, chance))))
        for source in sources
        for service in services
    ]
    return spare + drop


def spared(port: int) -> list[Rule]:
    """Return the rules that let through what is said to a TCP service of the node itself; none for port 0."""
    if not port:
        return []
    return [
        Rule(True, f"-p tcp --dport {port}", spare=True),
        Rule(False, f"-p tcp --sport {port}", spare=True),
    ]


def dns_dropped() -> list[Rule]:
    """Return the rules of a node whose pods get no answer from any DNS server."""
    return [Rule(True, f"-p {protocol} --dport {DNS_PORT}") for protocol in ("udp", "tcp")]
