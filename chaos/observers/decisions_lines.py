"""Which lines of a log are decisions, and when they were written."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["STAMP", "decision_in", "order_of", "split", "wall_of"]

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
"""Of the kubelet; its own complaints about a log that it cannot read have none."""
AGENT = re.compile(r"\S+ \S+ (INFO|WARNING|ERROR|CRITICAL) (ha\.\w+) (.*)")
REPMGRD = re.compile(r"\[[^]]+\] \[(NOTICE|WARNING|ERROR|ALERT|CRIT|EMERG)\] (.*)")
POSTGRES = re.compile(
    r"\S+ \S+ \S+ \[\d+\] (?:LOG|FATAL|PANIC):  ("
    r"received promote request|selected new timeline ID|database system is (?:ready|shut down)"
    r"|received (?:fast|immediate|smart) shutdown request|terminating any other active server processes"
    r"|started streaming WAL|replication terminated by primary server)(.*)"
)
PGPOOL = re.compile(
    r"\S+ \S+ (main|pcp_child|health_check\d*) pid \d+: (?:LOG|WARNING):  ("
    r"=== |set new primary|failover: |failover done|find_primary_node: primary node is|setting backend node"
    r"|received (?:failback|degenerate)|health check failed)(.*)"
)


def split(line: str) -> tuple[str, str]:
    """Return the kubelet's stamp and the text of a line."""
    stamp, _, text = line.partition(" ")
    return stamp, text


def wall_of(stamp: str) -> float:
    """Return the wall clock's seconds of a kubelet's stamp (RFC 3339, UTC, up to nanoseconds).

    Raises ValueError for anything else.
    """
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def order_of(stamp: str) -> tuple[str, str]:
    """Return what sorts as time does: the kubelet leaves out the last zeros of a fraction."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    return whole, fraction.ljust(9, "0")


def decision_in(text: str) -> str | None:
    """Return the decision in a line of a postgres or pgpool pod, led by who took it; None when there is none."""
    if found := AGENT.fullmatch(text):
        level, who, what = found.groups()
        return f"{who}: {what}" if level == "INFO" else f"{who} {level}: {what}"
    if found := REPMGRD.fullmatch(text):
        return f"repmgrd {found[1]}: {found[2]}"
    if found := POSTGRES.fullmatch(text):
        return f"postgres: {found[1]}{found[2]}"
    if found := PGPOOL.fullmatch(text):
        return f"pgpool {found[1]}: {found[2]}{found[3]}"
    return None
