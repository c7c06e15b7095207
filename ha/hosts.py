"""Our pods' own /etc/hosts: the members' addresses, so that no failover waits for a name server.

When a node dies, the name server on it stays one of two endpoints for 40 s. A walreceiver that waits for a name cannot
be ended, so that its node cannot vote; 37 s without a primary were seen. So the agent asks (ha/names.py), and
everybody else reads this file.

The image's nsswitch.conf says `hosts: files dns`, and glibc reads /etc/hosts anew for each question and asks nobody
else when the name is in it (nsswitch.conf(5), nss/nss_files): that holds for the walreceiver, repmgrd, pgpool's
children, libpq and Python alike. The kubelet leaves the file alone where a container has a mount of its own at
that path (kubelet_pods.go, makeMounts); synth mounts a copy of it there, and the agent writes into that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ABSENT", "Hosts", "parse", "render"]

log = logging.getLogger("ha.hosts")

BEGIN = "# kube-flask: the members as DNS named them last; the agent writes these lines"
SIZE = 4096
"""Bytes; glibc's buffer for the file, so that a reader gets all of it by one read()."""
ADDRESS_WIDTH = 39
"""The longest IPv6 address in text."""
ABSENT = "255.255.255.255"
"""For a pod that is not there: TCP refuses to connect to a broadcast address at once (ENETUNREACH, tcp_v4_connect).
With the address that it had, every new session of pgpool waited for it until the health check gave up, 3 s."""
UNKNOWN = "#"
BLANK = b" " * 63 + b"\n"


def render(base: str, addresses: Mapping[str, str]) -> bytes:
    """The file: `base` as it was, then a line per member, {full host: address}; "" is not known yet.

    Equally long for all addresses, with every member's line at the same place: a reader that gets half of an
    update gets whole lines all the same. What `base` has already is this pod itself: its name has no second line,
    and its address is nobody else's.
    """
    taken = set(base.split())
    lines = [base.rstrip("\n"), BEGIN]
    for host, address in addresses.items():
        if host not in taken:
            known = address if address and address not in taken else UNKNOWN
            lines.append(f"{known:<{ADDRESS_WIDTH}} {host} {host.split('.', 1)[0]}")
    text = ("\n".join(lines) + "\n").encode()
    return text + (BLANK * (SIZE // len(BLANK)))[len(text) % SIZE :]


def parse(text: str) -> tuple[str, dict[str, str]]:
    """Undo `render`: the base, and the addresses that were known when the file was written."""
    base, _, block = text.partition(BEGIN)
    found = (line.split() for line in block.splitlines())
    return base, {words[1]: words[0] for words in found if len(words) > 1 and words[0] != UNKNOWN}


class Hosts:
    """The file at `path`, None keeps none. What goes wrong is logged once and harms nothing: names come from DNS."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._complained = False
        self._written = b""
        self.held: frozenset[str] = frozenset()
        """Hosts that the file resolves now, as far as this agent wrote it."""
        self._base, self.known = "", dict[str, str]()
        try:
            if path is not None:
                self._base, self.known = parse(path.read_text())
        except (OSError, ValueError) as error:
            self._complain(error)

    def put(self, addresses: Mapping[str, str]) -> None:
        """Make the file say this; nothing is written when it does. One caller at a time."""
        content = render(self._base, addresses)
        if self._path is None or content == self._written:
            return
        try:
            # The same inode, because a mount of one file follows no rename; not truncated and by one write(),
            # because somebody reads at any time. "r+" does not create: without the mount there is nothing to keep.
            with self._path.open("r+b", buffering=0) as file:
                if file.write(content) != len(content):
                    raise OSError(f"{self._path}: written in part")
        except OSError as error:
            self.held = frozenset()
            return self._complain(error)
        self._written = content
        self.held = frozenset(parse(content.decode())[1])
        log.info("names: %s", ", ".join(f"{h.split('.', 1)[0]} {a or '?'}" for h, a in addresses.items()))

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            log.warning("no names in %s: %s", self._path, error)
        self._complained = True
