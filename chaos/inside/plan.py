"""What the clients in the cluster are told, as one JSON object, and where the platform is for them."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from chaos.clients.postgres import Endpoint
from chaos.onnode.recorder import SECRETS
from chaos.targets.kind_clients import Clients, Ways

__all__ = ["FOLDER", "Plan", "clients_of", "password"]

RESOLVED_S = 30.0
"""A new Service was seen to have its name within some seconds."""
RETRY_S = 0.5
FOLDER = "CHAOS_SECRETS"
"""Environment variable with the folder of the passwords, where it is not the usual one."""


@dataclass(frozen=True)
class Plan:
    """Addresses are `NAME:PORT`."""

    run: str
    rates: Mapping[str, float]
    """Operations a second by kind of workload."""
    members: Mapping[str, str]
    pool: str
    todo: str
    seconds: float
    """After so long the clients end, should nobody tell them to."""

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan of a JSON object. Raises ValueError."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"not a plan: {error}") from error


def clients_of(plan: Plan) -> Clients:
    """Return the makers of the clients; names are resolved here once, and not while something is broken."""
    direct = {member: _resolved(where) for member, where in plan.members.items()}
    return Clients(Ways(direct, _resolved(plan.pool), _resolved(plan.todo)), password("todo"))


def password(user: str) -> str:
    """Return a user's password from the folder that the pod mounts. Raises OSError."""
    return (Path(os.environ.get(FOLDER, SECRETS)) / f"{user}-password").read_text().strip()


def _resolved(where: str, look: Callable[[str], str] = socket.gethostbyname) -> Endpoint:
    name, _, port = where.rpartition(":")
    deadline = time.monotonic() + RESOLVED_S
    while True:
        try:
            return Endpoint(look(name), int(port))
        except OSError as error:
            if time.monotonic() > deadline:
                raise OSError(f"{name} has no address after {RESOLVED_S:g} s ({error})") from error
        time.sleep(RETRY_S)
