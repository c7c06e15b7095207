"""Which child of pgpool hangs on a server that is gone, from what /proc says."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ha.pool.stuck import (
    CLOSE_WAIT,
    ESTABLISHED,
    STUCK_S,
    SYN_SENT,
    Socket,
    Stuck,
    owners,
    parse,
    sessions,
    stuck,
)

REAL = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0A00090A:C5A6 0B00090A:1538 08 00000000:00000076 00:00000000 00000000   100        0 40219 1 00 20 4 30 10 -1
   1: 00000000000000000000000001000000:1538 00000000000000000000000001000000:C9C6 01 00000000:0000003F 00:0 0 100 0 7 1
"""
PORT = 5432
CLIENT = Socket(1, PORT, 40000, ESTABLISHED, 63)
PRIMARY = Socket(2, 40001, PORT, ESTABLISHED, 0)
GONE = Socket(3, 40002, PORT, CLOSE_WAIT, 1)
KNOCKING = Socket(3, 40003, PORT, SYN_SENT, 0)
OURS = {1: 70, 2: 70, 3: 70}


def test_a_table_as_it_really_was() -> None:
    assert list(parse(REAL)) == [Socket(40219, 50598, 5432, 8, 118), Socket(7, 5432, 51654, 1, 63)]


@pytest.mark.parametrize(
    ("case", "sockets", "owner", "expected"),
    [
        ("the client waits beside a server that hung up", [CLIENT, PRIMARY, GONE], OURS, {(70, 1)}),
        ("its question was read", [replace(CLIENT, unread=0), PRIMARY, GONE], OURS, set()),
        ("the client is gone too", [replace(CLIENT, state=CLOSE_WAIT), PRIMARY, GONE], OURS, set()),
        ("all servers are there", [CLIENT, PRIMARY, replace(GONE, state=ESTABLISHED)], OURS, set()),
        (
            "a silent server, though the question was read",
            [replace(CLIENT, unread=0), KNOCKING],
            OURS,
            {(70, 3)},
        ),
        ("a silent server, and the client is gone", [KNOCKING], OURS, {(70, 3)}),
        ("another child's server", [CLIENT, PRIMARY, GONE], OURS | {3: 71}, set()),
        ("not pgpool's", [CLIENT, PRIMARY, GONE], {}, set()),
    ],
)
def test_who_is_stuck(
    case: str, sockets: list[Socket], owner: dict[int, int], expected: set[tuple[int, int]]
) -> None:
    assert stuck(sockets, owner, PORT) == expected, case


def test_a_health_check_is_no_session_and_nobody_else_ends_it(tmp_path: Path) -> None:
    titles = (
        "health check process(0)",
        "PCP: wait for connection request",
        "worker process",
        "todo todo 10.0.0.1 idle",
    )
    for pid, title in enumerate(titles, start=1):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_bytes(f"pgpool: {title}\0".encode())
    assert sessions(range(1, 6), tmp_path) == [4]


def test_one_that_knocks_at_a_silent_server_is_found_when_its_client_has_gone() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        # Nobody accepts, so once its queue is full the kernel answers no more.
        knocking = [socket.socket() for _ in range(8)]
        for each in knocking:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        time.sleep(0.1)
        found = Stuck(port)
        assert found.look([os.getpid()], 100) == ()
        assert found.look([os.getpid()], 100 + STUCK_S) == (os.getpid(),)
        for each in knocking:
            each.close()
        assert found.look([os.getpid()], 110) == ()


def test_real_sockets_and_their_owner_only_after_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        # This process is the child: it holds the client's session and a server that has closed, on one port.
        client, backend = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        session, other = server.accept()[0], server.accept()[0]
        other.close()
        client.sendall(b"SELECT 1")
        time.sleep(0.1)
        found = Stuck(port)
        assert session.fileno() >= 0
        assert os.fstat(session.fileno()).st_ino in owners([os.getpid()])
        assert found.look([os.getpid()], 100) == ()
        assert found.look([os.getpid()], 100 + STUCK_S - 0.1) == ()
        assert found.look([os.getpid()], 100 + STUCK_S) == (os.getpid(),)
        session.recv(100)
        assert found.look([os.getpid()], 110) == ()
        for each in (client, backend, session):
            each.close()
