"""The process group of pgpool and the deadline of a question, with real processes and sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ha.pool.process import Pgpool, orphaned_segments, pcp_processes
from ha.process import Heartbeat, pause_s
from ha.settings import Secrets, Settings
from ha.sql import Silence, ask

STAND_IN = """#!/bin/sh
cp pgpool_status seen
echo "2026-11-24 01:00:00.000: pcp_main pid 49: LOG:  forked new pcp worker, pid=55 socket=7"
echo "2026-11-24 01:00:00.000: main pid 8: LOG:  failover: set new primary node: 1" >&2
sleep 60 &
echo $! > child
wait
"""
RAW = {"cluster": "c", "members": ["postgres-0.x"], "pools": "p", "sync_standbys": 0, "port": 5432}
SETTINGS = Settings.parse(RAW | {"agent_port": 1, "postgres": {}, "timing": {}, "pgpool": {}}, Secrets(), "")


@pytest.fixture
def pgpool(tmp_path: Path) -> Iterator[Pgpool]:
    """A program that, like pgpool, has children of its own and reads pgpool_status."""
    program = tmp_path / "stand-in"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    pool = Pgpool(SETTINGS, tmp_path, Heartbeat(), str(program))
    pool.tend(0, ["up", "down"])
    eventually(lambda: (tmp_path / "child").exists())
    yield pool
    pool.stop()


def eventually(check: object) -> None:
    """Within 5 s; a started process needs a moment."""
    assert callable(check)
    deadline = time.monotonic() + 5
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(tmp_path: Path) -> bool:
    """Whether the grandchild runs (a zombie does not)."""
    stat = Path("/proc") / (tmp_path / "child").read_text().strip() / "stat"
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


NUDGED = f"""#!{sys.executable} -IS
import signal
from pathlib import Path
signal.signal(signal.SIGCHLD, lambda *_: Path("nudged").touch())
Path("ready").touch()
while True:
    signal.pause()
"""


def test_a_nudge_is_the_signal_after_which_pgpool_counts_its_children(tmp_path: Path) -> None:
    program = tmp_path / "stand-in"
    program.write_text(NUDGED)
    program.chmod(0o755)
    pool = Pgpool(SETTINGS, tmp_path, Heartbeat(), str(program))
    pool.nudge()  # nobody there, nobody harmed
    pool.tend(0, ["up"])
    eventually((tmp_path / "ready").exists)
    pool.nudge()
    eventually((tmp_path / "nudged").exists)
    assert pool.running
    pool.stop()
    pool.nudge()


def test_it_starts_with_the_states_it_is_given(pgpool: Pgpool, tmp_path: Path) -> None:
    assert (tmp_path / "seen").read_text() == "up\ndown\n"
    assert pgpool.running


def test_its_log_is_ours_without_the_noise_of_our_questions(
    capfd: pytest.CaptureFixture[str], pgpool: Pgpool
) -> None:
    pgpool.stop()
    time.sleep(0.2)
    text = capfd.readouterr().out
    assert "set new primary node: 1" in text
    assert "pcp_main" not in text


def test_one_whose_child_cleaned_up_behind_it_is_started_anew(pgpool: Pgpool, tmp_path: Path) -> None:
    before = pgpool.pids
    pgpool.tend(1, ["up", "up"])
    assert pgpool.pids == before, "it has not written its pid file yet"
    (tmp_path / "pgpool.pid").touch()
    pgpool.tend(2, ["up", "up"])
    (tmp_path / "pgpool.pid").unlink()
    pgpool.tend(3, ["up", "up"])
    assert pgpool.pids != before


def test_stop_leaves_nothing_of_the_group(pgpool: Pgpool, tmp_path: Path) -> None:
    assert alive(tmp_path)
    pgpool.stop()
    eventually(lambda: not alive(tmp_path))


def test_a_killed_main_process_is_started_again_without_its_old_children(
    pgpool: Pgpool, tmp_path: Path
) -> None:
    (old,) = pgpool.pids
    os.kill(old, 9)
    eventually(lambda: not pgpool.running)
    child = (tmp_path / "child").read_text()
    pgpool.tend(1, ["up", "up"])
    # Signalled by now. As PID 1 the agent also waits for the orphans; here that is for somebody else to do.
    eventually(lambda: not (Path("/proc") / child.strip() / "fd/0").exists())
    assert pgpool.running
    assert pgpool.pids != {old}


def test_only_the_pcp_process_is_ended(pgpool: Pgpool, tmp_path: Path) -> None:
    titled = ["bash", "-c", "exec -a 'pgpool: PCP: wait for connection request' sleep 60"]
    (group,) = pgpool.pids
    ours = subprocess.Popen(titled, process_group=group)
    another = subprocess.Popen(titled)
    eventually(lambda: {ours.pid} == set(pcp_processes({group})))
    pgpool.end_pcp()
    assert ours.wait(5) == -signal.SIGKILL
    assert pgpool.running
    assert alive(tmp_path)
    assert another.poll() is None
    another.kill()
    another.wait()


def test_quick_deaths_are_answered_more_and_more_slowly() -> None:
    assert [pause_s(deaths) for deaths in (0, 1, 2, 3, 9)] == [0, 0, 0.5, 1, 10]


def test_only_unattached_segments_of_the_dead_are_removed() -> None:
    table = (
        "key shmid perms size cpid lpid nattch uid\n"
        "0 4 600 1912072 1263 1297 0 999\n"
        "0 5 600 1 1299 1299 0 999\n"
        "0 6 600 1912072 1263 1412 38 999\n"
    )
    assert orphaned_segments(table, 1263) == [4]


def test_a_server_that_accepts_and_says_nothing_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        with pytest.raises(Silence, match="no answer in time") as caught:
            ask("SELECT 1", within_s=0.3, host="127.0.0.1", port=server.getsockname()[1], user="monitor")
        assert time.monotonic() - began < 2
        assert not caught.value.answered


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(Silence, match="refused") as caught:
        ask("SELECT 1", within_s=1, host="127.0.0.1", port=1, user="monitor")
    assert not caught.value.answered
