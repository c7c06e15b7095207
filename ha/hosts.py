"""The pod's own /etc/hosts: in a failover no process of ours waits for a name server.

When a node dies, the name server on it stays one of two endpoints for 40 s, and the C library repeats its question on
the same socket, which kube-proxy leads to the same dead one. A walreceiver that waits for a name cannot be ended, so
that its node cannot vote; 37 s without a primary were seen. Therefore the agent asks (ha/names.py), and everybody
else reads this file, which `hosts: files dns` of nsswitch.conf comes to first.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping
from pathlib import Path

from ha.settings import Member

__all__ = ["Hosts", "render"]

log = logging.getLogger("ha.hosts")
MARK = "# Kept by the agent (ha/hosts.py):"
ADDRESS_WIDTH = 45
"""The longest text of an IPv6 address (INET6_ADDRSTRLEN without its end)."""


def render(before: str, addresses: Mapping[Member, str]) -> str:
    """The file with these addresses instead of those that it had; what others wrote into it stays.

    The same members make a text of the same length, so that whoever reads while it is written sees whole lines.
    """
    kept = before.partition(MARK)[0]
    lines = [
        f"{address:<{ADDRESS_WIDTH}} {member.host} {member.name}\n" for member, address in addresses.items()
    ]
    return "".join([kept, MARK, "\n", *lines])


class Hosts:
    """Writes the file in place, as a bind mount cannot be replaced; without a path it does nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._said = ""

    def write(self, addresses: Mapping[Member, str]) -> None:
        """Take these addresses; a member whose address is not known yet has the old line, or DNS."""
        if self._path is None:
            return
        try:
            before = self._path.read_text()
            wanted = render(before, {m: a for m, a in addresses.items() if _is_address(a)}).encode()
            if wanted != before.encode():
                with self._path.open("r+b", buffering=0) as file:
                    file.write(wanted)
                    file.truncate(len(wanted))
        except (OSError, UnicodeError) as error:
            if str(error) != self._said:
                log.warning("%s is not kept, so that names are looked up in DNS: %s", self._path, error)
            self._said = str(error)


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False
