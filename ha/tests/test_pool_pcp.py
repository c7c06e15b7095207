"""The output of pcp_node_info 4.6.1, as it really was."""

from __future__ import annotations

import pytest

from ha.pool.pcp import PcpError, parse_node_info

REAL = """\
postgres-0.pg.lab 5432 1 0.333333 waiting up primary primary 0.000000 none none 2026-11-24 01:20:33
postgres-1.pg.lab 5432 2 0.333333 up up standby standby 0.000000 streaming async 2026-11-24 01:20:34
postgres-2.pg.lab 5432 3 0.333333 down down standby unknown 0.000000 none none 2026-11-24 01:20:34
"""


def test_a_line_per_backend() -> None:
    first, second, third = parse_node_info(REAL)
    assert (first.index, first.name, first.status, first.role) == (0, "postgres-0", "waiting", "primary")
    assert (second.pg_status, second.pg_role) == ("up", "standby")
    assert [b.attached for b in (first, second, third)] == [True, True, False]


def test_chatter_between_the_lines_is_skipped() -> None:
    assert len(parse_node_info("WARNING: something else\n" + REAL)) == 3


@pytest.mark.parametrize(
    "text", ["", "No node information available\n", 'ERROR: connection to host "localhost" failed']
)
def test_no_backend_is_an_error(text: str) -> None:
    with pytest.raises(PcpError, match="no backend"):
        parse_node_info(text)
