"""A DSN taken apart: numeric addresses, a login, and nothing of the password in any message."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest

import psycopg2
from psycopg2.extensions import parse_dsn

from chaos.clients.postgres import Endpoint
from chaos.targets.base import TargetError

__all__ = ["Place", "Service", "parse"]

SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, several as HOST:PORT,HOST:PORT"
PORT = 5432
PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "options")
"""Parameters of libpq that are kept; everything else is the instrument's own decision."""
IGNORED = ("application_name", "connect_timeout", "target_session_attrs", "load_balance_hosts")


@dataclass(frozen=True)
class Place:
    """One host of a DSN: the member's name as people know it, and where it listens."""

    member: str
    endpoint: Endpoint

    @property
    def resolved(self) -> bool:
        """Whether its name had to be looked up."""
        return self.endpoint.name != self.endpoint.host


@dataclass(frozen=True)
class Service:
    """What a DSN leads to."""

    places: tuple[Place, ...]
    user: str
    password: str = field(repr=False)
    database: str
    options: dict[str, str]


def _resolve(host: str, port: int) -> str:
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])


def parse(dsn: str, password: str = "", resolve: Callable[[str, int], str] = _resolve) -> Service:
    """Take a DSN apart and resolve its names once: the clients must not measure anybody's DNS.

    `password` is used when it has none. Raises TargetError.
    """
    try:
        told: dict[str, str] = parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        # libpq's own message repeats parts of the DSN.
        raise TargetError(f"The DSN cannot be read; it must look like {SHAPE}.") from None
    known = {"host", "port", "user", "password", "dbname", *PASSED_ON, *IGNORED}
    if odd := sorted(set(told) - known):
        raise TargetError(f"The DSN has {', '.join(odd)}, which cannot be used here; leave it out.")
    hosts = [host for host in told.get("host", "").split(",") if host]
    if not hosts or any(host.startswith("/") for host in hosts) or not told.get("user"):
        raise TargetError(f"The DSN must name a user and a host, not a socket; it must look like {SHAPE}.")
    ports = told.get("port", "").split(",")
    if len(ports) not in (1, len(hosts)):
        raise TargetError(
            f"The DSN has {len(hosts)} hosts and {len(ports)} ports; give one port, or one each."
        )
    pairs = zip_longest(hosts, ports, fillvalue=ports[0])
    return Service(
        places=tuple(_place(host, port, resolve) for host, port in pairs),
        user=told["user"],
        password=told.get("password", password),
        database=told.get("dbname", told["user"]),
        options={key: told[key] for key in PASSED_ON if key in told},
    )


def _place(host: str, port: str, resolve: Callable[[str, int], str]) -> Place:
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise TargetError(f"The DSN has the port {port!r} of {host}; it must be a number from 1 to 65535.")
    number = int(port or PORT)
    return Place(f"{host}:{number}", Endpoint(_address(host, number, resolve), number, host))


def _address(host: str, port: int, resolve: Callable[[str, int], str]) -> str:
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    try:
        return resolve(host, port)
    except OSError as error:
        why = error.strerror or "no answer"
        raise TargetError(f"The DSN's host {host} has no address ({why}); check the name.") from error
