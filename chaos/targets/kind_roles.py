"""Who is meant by `primary`, `candidate` or `pool-on-primary-node`: a role and a snapshot in, names out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chaos.targets.base import TargetError

__all__ = ["MEMBER_ROLES", "POOL_ROLES", "Cast", "Seat", "aim"]

MEMBER_ROLES = ("primary", "standby", "other-standby", "candidate", "standbys", "all", "any")
POOL_ROLES = ("pool", "pgpool-a", "pgpool-b", "pool-on-primary-node", "any")
ARROWS = ("<>", ">")


@dataclass(frozen=True)
class Seat:
    """A member at one moment, by its own account and by where its pod is."""

    name: str
    node: str
    role: str
    """`primary`, `standby`, or `silent`."""
    streaming: bool = False


@dataclass(frozen=True)
class Cast:
    """Who there is: members in the order of their ordinals, pool pods with their nodes, all nodes."""

    seats: Sequence[Seat]
    pools: Mapping[str, str]
    nodes: Sequence[str]

    def members(self, on: str) -> list[str]:
        """Return the members of a role or name. Raises TargetError."""
        primaries = [seat.name for seat in self.seats if seat.role == "primary"]
        standbys = [seat.name for seat in self.seats if seat.role == "standby"]
        streaming = [seat.name for seat in self.seats if seat.role == "standby" and seat.streaming]
        names = [seat.name for seat in self.seats]
        found = {
            "primary": primaries if len(primaries) == 1 else [],
            "standby": standbys[:1],
            "other-standby": standbys[1:2],
            # repmgr prefers the lowest node id among those that received the same.
            "candidate": streaming[:1],
            "standbys": standbys,
            "all": names,
            "any": [random.choice(names)],
        }.get(on, [name for name in names if name == on])
        if not found:
            raise TargetError(
                f"Nobody is {on!r} now ({', '.join(f'{s.name} {s.role}' for s in self.seats)}); "
                f"say one of {', '.join([*MEMBER_ROLES, *names])}."
            )
        return found

    def is_pool(self, on: str) -> bool:
        """Whether a name or role is a pgpool pod's; `any` alone means a member."""
        return on in self.pools or on in POOL_ROLES[:-1]

    def pool(self, on: str) -> str:
        """Return the pool pod of a role or name. Raises TargetError."""
        names = sorted(self.pools)
        if on in names:
            return on
        if on == "any" and names:
            return random.choice(names)
        if on == "pool-on-primary-node":
            [primary] = self.members("primary")
            return next(
                (n for n in names if self.pools[n] == self.node_of(primary)), names[0] if names else on
            )
        place = {"pool": 0, "pgpool-a": 0, "pgpool-b": 1}.get(on, len(names))
        if place < len(names):
            return names[place]
        raise TargetError(f"No pgpool pod is {on!r} now; say one of {', '.join([*POOL_ROLES, *names])}.")

    def node_of(self, member: str) -> str:
        """Return the node of a member. Raises TargetError when its pod is on none."""
        node = next((seat.node for seat in self.seats if seat.name == member), "")
        if not node:
            raise TargetError(f"{member} is on no node now; wait until it is scheduled, or name a node.")
        return node

    def node(self, on: str) -> list[str]:
        """Return the nodes of a node's, member's or pool's name or role. Raises TargetError."""
        if on in self.nodes:
            return [on]
        if self.is_pool(on):
            return [self.pools[self.pool(on)]]
        return [self.node_of(member) for member in self.members(on)]

    def links(self, on: str) -> list[str]:
        """Return the links between every pair of `<members><arrow><members>`. Raises TargetError."""
        arrow = next((arrow for arrow in ARROWS if arrow in on), None)
        if arrow is None:
            raise TargetError(
                f"{on!r} is no link; say who with whom, such as primary>standby (one way) or primary<>standbys."
            )
        ends = [self.members(end) for end in on.split(arrow)]
        if len(ends) != 2 or set(ends[0]) & set(ends[1]):
            raise TargetError(f"{on!r} is no link between two different members.")
        return [f"{one}{arrow}{other}" for one in ends[0] for other in ends[1]]


def aim(cast: Cast, aims_at: str, on: str) -> list[str]:
    """Return the names that a fault of this aim is built with, one fault each. Raises TargetError.

    Several names or roles stand with commas between them, as a history tells of a fault that hit several.
    """
    if aims_at == "cluster":
        return ["cluster"]
    return [name for part in on.split(",") for name in _aim(cast, aims_at, part)]


def _aim(cast: Cast, aims_at: str, on: str) -> list[str]:
    if aims_at == "member" and not cast.is_pool(on):
        return cast.members(on)
    if aims_at in ("member", "pool"):
        return [cast.pool(on)]
    return cast.node(on) if aims_at == "node" else cast.links(on)
