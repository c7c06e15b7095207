"""Log lines of decisions as people want to read them under a picture: short, and the ones that matter marked."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["in_brief", "matters", "short"]

CONNECTION = re.compile(r'"[^"]*\bhost=([\w-]+)[^"]*"')
FULL_NAME = re.compile(r"\b([a-z][\w-]*)\.[\w-]+\.[\w-]+\.svc(?:\.[\w-]+)*(?:\(\d+\))?")
FACTS = re.compile(r" from (?:NodeStatus|LocalData)\(.*?\) and (?=[\w-]+=|$)")
GATE = re.compile(r"Verdict\(allowed=(True|False), why='(.*)'\)")
OBJECT = re.compile(r"^(?P<who>ha\.pool[^{]*?)(?P<what>seen|decision) (?P<raw>\{.*\})$")
MATTERS = re.compile(
    r"decision|promot|gate|winner|new primary|failover done|new timeline|streaming WAL|ready to accept"
    r"|shutdown request|deposed|diverged|rewind|clon|stopping|vote|grant|fence|lead|handoff|failpoint|SIGKILL"
    r"|terminating any other|cannot follow|\battach\b|\bdetach\b|\brestart\b",
    re.IGNORECASE,
)
"""What changes who is primary, who receives from whom, or where pgpool routes. The rest is how it was noticed."""


def in_brief(text: str) -> str:
    """Return a line without connection strings, full host names and the facts that a picture shows anyway."""
    if found := OBJECT.match(text):
        try:
            return _pool(found["what"], json.loads(found["raw"]))
        except (ValueError, AttributeError):
            pass
    text = CONNECTION.sub(r"\1", text)
    text = FULL_NAME.sub(r"\1", text)
    text = FACTS.sub("; hears ", text)
    return GATE.sub(lambda gate: f"{'allowed' if gate[1] == 'True' else 'refused'}: {gate[2]}", text)


def _pool(what: str, said: dict[str, Any]) -> str:
    if what == "decision":
        aim = " ".join(str(said[key]) for key in ("action", "node") if said.get(key))
        return f"ha.pool: decision {aim}: {said.get('why', '')}"
    view = said.get("view") or {}
    primary = [name for name, state in view.items() if state == "up primary"]
    down = [name for name, state in view.items() if state.startswith("down")]
    tail = f", down {', '.join(down)}" if down else ""
    return f"ha.pool: sees primary {said.get('truth') or 'nowhere'}; pgpool has {', '.join(primary) or 'none'}{tail}"


def matters(text: str) -> bool:
    """Whether a line tells of a change, and not only of how it was noticed."""
    return bool(MATTERS.search(text))


def short(name: str) -> str:
    """Return a pod's name without the hash of its ReplicaSet: `pgpool-7d9c5b6f4-x2x5z` is `pgpool x2x5z`."""
    return re.sub(r"^(.+)-[a-z0-9]{8,10}-([a-z0-9]{5})$", r"\1 \2", name)
