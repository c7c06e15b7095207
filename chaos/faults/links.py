"""Links between two members, dead or lossy, one way or both.

`a>b`: what a sends does not reach b. It is dropped where it arrives, on the node of b.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from chaos.clients.process import likewise
from chaos.faults.chains import Chains
from chaos.faults.hands import FaultError, Hands
from chaos.faults.rules import Rule, apart
from chaos.kube.client import KubeError, NodeInfo

__all__ = ["LinkFault", "Way", "between_members", "between_nodes", "between_servers", "losing", "ways"]

LOSS = 0.3
"""Share of the packets; TCP goes on with so many lost, at a crawl."""
SERVER_PORT = 5432
"""Of PostgreSQL in every member."""


class Way(NamedTuple):
    """One direction of a link."""

    sender: NodeInfo
    receiver: NodeInfo


class LinkFault:
    """A link between two members whose packets are dropped by some rules, chosen when it is injected."""

    isolates = ()

    def __init__(self, hands: Hands, name: str, link: str, rules: Callable[[Hands, Way], list[Rule]]) -> None:
        self.name, self.on = name, link
        self._hands, self._rules = hands, rules
        self._ways = ways(link)
        self._chains = Chains(hands)

    def inject(self) -> float:
        """Drop both directions at once, if both are meant. Raises FaultError."""
        found = [self._way(sender, receiver) for sender, receiver in self._ways]
        rules = [(way.receiver.name, self._rules(self._hands, way)) for way in found]
        with ThreadPoolExecutor(len(rules), "rules", likewise()) as threads:
            return min(threads.map(lambda it: self._chains.place(*it), rules))

    def heal(self) -> None:
        """Drop nothing more."""
        self._chains.remove()

    def _way(self, sender: str, receiver: str) -> Way:
        way = Way(*(self._hands.node(self._hands.pod(pod).node) for pod in (sender, receiver)))
        if way.sender.name == way.receiver.name:
            raise FaultError(
                f"{sender} and {receiver} are both on {way.sender.name}, there is no link between them."
            )
        return way


def ways(link: str) -> list[tuple[str, str]]:
    """Return the directions of `a>b` or `a<>b` as (sender, receiver). Raises FaultError."""
    one, arrow, other = link.partition("<>" if "<>" in link else ">")
    if not (one and arrow and other) or one == other or ">" in other:
        raise FaultError(
            f"{link!r} is no link; say postgres-0>postgres-1 (one way) or postgres-0<>postgres-1."
        )
    return [(one, other), (other, one)] if arrow == "<>" else [(one, other)]


def between_nodes(hands: Hands, way: Way) -> list[Rule]:
    """Drop whatever the sender's node and any pod on it send to the receiver's node.

    Holds for pods that are replaced meanwhile. It also parts the pgpools, the application and CoreDNS on the
    one node from what is on the other, and clients that come in through the sender's NodePorts.
    """
    return apart(_sources(way))


def losing(hands: Hands, way: Way) -> list[Rule]:
    """Drop a part of what `between_nodes` drops."""
    return apart(_sources(way), loss=LOSS)


def between_members(hands: Hands, way: Way, port: int = 0) -> list[Rule]:
    """Drop what the sending member and its successors send to the receiving one; every other pod there is spared.

    Pods of other kinds that come to one of both nodes during the fault are not spared. `port` limits it to one
    TCP service of either. Raises FaultError.
    """
    try:
        others = [pod for name in (way.sender.name, way.receiver.name) for pod in hands.kube.pods_on(name)]
    except KubeError as error:
        raise FaultError(str(error)) from error
    spared = sorted(
        {pod.ip for pod in others if pod.ip and pod.component != "postgres"} - {n.address for n in way}
    )
    return apart([way.sender.pod_cidr], to=way.receiver.pod_cidr, spared=spared, port=port)


def between_servers(hands: Hands, way: Way) -> list[Rule]:
    """Drop of what `between_members` drops only what PostgreSQL says: the agents go on hearing each other."""
    return between_members(hands, way, SERVER_PORT)


def _sources(way: Way) -> Sequence[str]:
    return [address for address in (way.sender.pod_cidr, way.sender.address) if address]
