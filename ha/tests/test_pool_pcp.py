"""The output of pcp_health_check_stats 4.6.1, as it really was."""

from __future__ import annotations

import pytest

from ha.pool.facts import Backend
from ha.pool.pcp import PcpError, parse_backend

REAL = (
    "1 postgres-1.pg.lab 5432 {status} standby 2026-11-24 01:25:35 149 149 0 0 0 0.000000 0 8495 7 94.187919 "
    "2026-11-24 01:28:18 2026-11-24 01:28:18  \n"
)


@pytest.mark.parametrize(
    ("status", "attached"),
    [("up", True), ("waiting", True), ("down", False), ("quarantine", False), ("unused", False)],
)
def test_a_backend(status: str, attached: bool) -> None:
    backend = parse_backend(REAL.format(status=status), 1)
    assert backend == Backend(1, "postgres-1", status, "standby")
    assert backend.attached is attached


def test_chatter_before_the_line_is_skipped() -> None:
    assert parse_backend("WARNING: something else\n" + REAL.format(status="up"), 1).name == "postgres-1"


@pytest.mark.parametrize(
    "text", ["", "Invalid argument\n", 'ERROR: connection to host "localhost" failed', REAL]
)
def test_no_such_backend_is_an_error(text: str) -> None:
    with pytest.raises(PcpError, match="nothing of backend 0"):
        parse_backend(text, 0)
