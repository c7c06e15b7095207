"""`ha switchover [NODE]`: ask the primary, wherever it is, to hand its role over."""

from __future__ import annotations

import sys

import requests

from ha.call import call
from ha.settings import Settings
from ha.status import collect

__all__ = ["main", "primary_among"]

LIMIT_S = 60.0
"""Beyond a checkpoint, a fast stop and a vote."""


def primary_among(nodes: list[dict[str, object]]) -> str | None:
    """The name of the node that leads the highest epoch; None when nobody does."""
    led = [(epoch, str(node["name"])) for node in nodes if isinstance(epoch := node.get("leads"), int)]
    return max(led)[1] if led else None


def main(settings: Settings, wanted: str | None) -> int:
    """Print how it went; 0 when another node leads now. Raises SettingsError without the peer token."""
    settings.secrets.require("read_token", "peer_token")
    primary = primary_among([dict(node) for node in collect(settings).nodes])
    if primary is None:
        print("ha switchover: no node says that it is primary; `ha status` tells more", file=sys.stderr)
        return 1
    if wanted == primary:
        print(f"ha switchover: {wanted} is primary already; nothing was done")
        return 0
    host = settings.member(primary).host
    try:
        answer = call("POST", settings, host, "switchover", LIMIT_S, order={"to": wanted})
    except requests.RequestException as error:
        print(
            f"ha switchover: {primary} did not answer ({type(error).__name__}); see `ha status`",
            file=sys.stderr,
        )
        return 1
    print(f"ha switchover: {answer.text.strip()}", file=sys.stdout if answer.ok else sys.stderr)
    return 0 if answer.ok else 1
