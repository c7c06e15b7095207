"""May this node become primary? The one gate every promotion passes: repmgrd's, the agent's, the cold start's.

The argument, as far as this first version goes. An acknowledged write is on the primary and on k standbys
that flushed it. A node may lead only if max(N-k, N/2+1) members, itself included, told their position, none
of them is ahead of it, none leads, and none still receives from a primary. Such a set and the k+1 holders
of any acknowledged write share a member, and that member is not ahead of the new primary: the write is there.

What is missing is that an answer does not yet *bind*: between the answers and the promotion a sibling may
connect to the old primary again and confirm for it (possible when links fail one way). The agents' issue
replaces `judge` by the promotion vote of design.md, whose grants are durable; callers stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ha.failpoints import OFF, Failpoints
from ha.node.facts import NodeStatus

__all__ = ["Verdict", "is_first_choice", "judge", "votes_needed"]


@dataclass(frozen=True)
class Verdict:
    """Whether the node may promote, and why (not), for the log."""

    allowed: bool
    why: str


def votes_needed(members: int, sync_standbys: int) -> int:
    """How many members must tell their position: with so many, some holder of every acknowledged write is heard."""
    return max(members - sync_standbys, members // 2 + 1)


def judge(
    me: NodeStatus,
    answers: Mapping[str, NodeStatus | None],
    sync_standbys: int,
    failpoints: Failpoints = OFF,
) -> Verdict:
    """Decide over one round of questions; `answers` has every other member, None for silence."""
    if failpoints.on("gate-open"):
        return Verdict(True, "failpoint gate-open: nobody was asked")
    members = len(answers) + 1
    needed = votes_needed(members, sync_standbys)
    if me.role != "standby" or not me.settled:
        return Verdict(False, f"this node is {me.role} and has not replayed all it holds")
    if me.streaming:
        return Verdict(False, f"this node still receives from {me.receiving_from}")
    heard = [answer for answer in answers.values() if answer is not None]
    for peer in heard:
        if peer.role == "primary":
            return Verdict(False, f"{peer.name} is primary")
        if peer.streaming:
            return Verdict(False, f"{peer.name} still receives from {peer.receiving_from}")
    counted = [peer for peer in heard if peer.role == "standby" and peer.settled]
    if len(counted) + 1 < needed:
        return Verdict(
            False, f"{len(counted) + 1} of {members} members told their position, {needed} are needed"
        )
    for peer in counted:
        if peer.position > me.position:
            return Verdict(False, f"{peer.name} is ahead: {peer.position} against {me.position}")
    return Verdict(
        True, f"{len(counted) + 1} of {members} members answered and none is ahead of {me.position}"
    )


def is_first_choice(me: NodeStatus, answers: Iterable[NodeStatus | None], ordinal: Mapping[str, int]) -> bool:
    """Among the equally advanced, the lowest ordinal stands, as repmgr's lowest node_id does."""
    equals = [
        a.name for a in answers if a and a.role == "standby" and a.settled and a.position == me.position
    ]
    return all(ordinal[me.name] < ordinal[name] for name in equals)
