"""`ha unlock`: make this node primary although too few members are left for a vote. It can lose data, so it asks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import requests
from rich.console import Console
from rich.table import Table

from ha.call import call
from ha.node.facts import NodeStatus
from ha.node.unlocking import decide
from ha.node.voter import seat_of
from ha.settings import Settings
from ha.status import WIDTH, Account, collect
from ha.vote.record import Lost
from ha.vote.unlock import Unlock

__all__ = ["believed", "main", "render", "risk"]

LIMIT_S = 60.0
"""A candidacy that is under way, a vote and a promotion."""


def believed(accounts: Mapping[str, Account]) -> dict[str, NodeStatus | None]:
    """The members' accounts by name; what cannot be understood is silence."""
    told: dict[str, NodeStatus | None] = {}
    for name, account in accounts.items():
        try:
            told[name] = NodeStatus.from_json(account)
        except ValueError:
            told[name] = None
    return told


def render(told: Mapping[str, NodeStatus | None], accounts: Mapping[str, Account], console: Console) -> None:
    """Print every member's record: what it has promised, whose history it holds, and how much of it."""
    table = Table("Node", "Role", "Promised", "Led or followed", "Bound to", "Timeline, LSN", "Note")
    for name, status in told.items():
        if status is None:
            table.add_row(name, "?", "", "", "", "", str(accounts[name].get("error", "not a status")))
        elif isinstance(status.memory, Lost):
            table.add_row(name, status.role, "", "", "", "", status.memory.why)
        else:
            record, where = status.memory, str(status.position) if status.settled else "unknown"
            holds = ", ".join(map(str, sorted(record.holds)))
            table.add_row(
                name, status.role, str(record.promise), str(record.floor), holds, where, status.note
            )
    console.print(table)


def risk(settings: Settings, unlock: Unlock) -> list[str]:
    """What a person must know before, one sentence each."""
    names = {member.ordinal: member.name for member in settings.members}
    absent = " and ".join(names[ordinal] for ordinal in unlock.absent)
    return [
        f"{settings.me} would lead with {len(unlock.voters)} of {len(names)} votes; {absent} cannot give theirs.",
        f"Writes that were acknowledged and that only {absent} hold are LOST, and nobody can tell whether there are "
        "any.",
        f"If {absent} run somewhere, cut off from here, clients may be writing to them now, and one of both histories "
        "is lost when they meet: make sure that they are gone, or stop them, first.",
        f"Writes go on only when {settings.sync_standbys} of the others have come back or were cloned anew.",
    ]


def main(settings: Settings, *, yes: bool, ask: Callable[[str], str] = input) -> int:
    """Show, warn, ask, and do it: 0 when this node leads. Raises SettingsError without the tokens."""
    settings.secrets.require("read_token", "peer_token")
    seat = seat_of(settings)
    accounts = {str(node["name"]): node for node in collect(settings).nodes}
    told = believed(accounts)
    render(told, accounts, Console(width=None if sys.stdout.isatty() else WIDTH))
    decided = decide(settings, seat, told)
    if isinstance(decided, str):
        return _refused(decided)
    print("\n".join(risk(settings, decided)))
    if not yes and not _agrees(settings.me, ask):
        return _refused("nothing was done")
    return _force(settings, decided)


def _agrees(name: str, ask: Callable[[str], str]) -> bool:
    try:
        return ask(f"Type {name} to go on: ").strip() == name
    except EOFError:
        print(
            "ha unlock: nobody answers; run it in a terminal (kubectl exec -it), or with --yes",
            file=sys.stderr,
        )
        return False


def _force(settings: Settings, unlock: Unlock) -> int:
    order = {"voters": list(unlock.voters)}
    try:
        answer = call("POST", settings, "127.0.0.1", "unlock", LIMIT_S, order)
    except requests.RequestException as error:
        return _refused(f"the agent here did not answer ({type(error).__name__}); see `ha status`")
    if not answer.ok:
        return _refused(answer.text.strip())
    print(f"ha unlock: {answer.text.strip()}")
    return 0


def _refused(why: str) -> int:
    print(f"ha unlock: {why}", file=sys.stderr)
    return 1
