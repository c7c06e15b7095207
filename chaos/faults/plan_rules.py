"""Which faults make sense at the same time, and whom a random fault may hit."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chaos.faults.kinds import KINDS, Aim

__all__ = ["LAST", "ROLES", "clash", "ends"]

_MEMBERS = ("primary", "standby", "other-standby")
ROLES: Mapping[Aim, tuple[str, ...]] = {
    # Twice: what hits the primary is what matters most.
    "member": ("primary", *_MEMBERS),
    "node": ("primary", *_MEMBERS),
    "pool": ("pgpool-a", "pgpool-b"),
    "link": (
        "primary>standby",
        "standby>primary",
        "primary<>standby",
        "primary<>other-standby",
        "standby<>other-standby",
        "primary<>standbys",
        "primary>standbys",
        "standbys>primary",
    ),
    "cluster": ("cluster",),
}
LAST = ("api-server-stopped",)
"""Injected after the others of a batch, since finding out who is the primary takes the API server."""
AWAY = ("node-killed", "node-paused", "node-drained")
"""While they last there is no pod on the node, or none that can be reached from it."""
UNREACHABLE = ("node-killed", "node-paused")
NEEDS_API = ("node-drained", "node-killed")
"""Their heals ask the API server."""
Aimed = tuple[str, str]


def ends(on: str) -> set[str]:
    """Return the roles and names that an aim is about."""
    return {
        role
        for end in re.split(r"<>|>", on)
        for role in (("standby", "other-standby") if end == "standbys" else (end,))
    }


def clash(one: Aimed, other: Aimed) -> bool:
    """Return whether one of both could not be injected or healed because of the other."""
    return one == other or _spoils(one, other) or _spoils(other, one)


def _spoils(one: Aimed, other: Aimed) -> bool:
    (kind, on), (its_kind, its_on) = one, other
    if kind in AWAY and ends(on) & ends(its_on):
        return True
    # A pgpool may be on that very node.
    if kind in UNREACHABLE and KINDS[its_kind].aims_at == "pool":
        return True
    # Pods on a node that is cut off do not end, so its drain does not either.
    if kind == "node-drained" and its_kind.startswith("node-"):
        return True
    return kind == "api-server-stopped" and its_kind in NEEDS_API
