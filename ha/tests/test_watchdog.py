import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ha.node.watchdog import NOBODY, Vigil, end

AGENT = """
import sys, time
from ha.node.watchdog import Watchdog
Watchdog(1.0, lambda: int(sys.argv[1])).start()
time.sleep(60)
"""


@pytest.fixture
def postmaster(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Something of that name that runs and heeds the same signals."""
    program = shutil.copy(shutil.which("sleep") or "", tmp_path / "postgres")
    with subprocess.Popen([program, "60"]) as child:
        yield child
        child.kill()


def ended(child: "subprocess.Popen[bytes]", within_s: float) -> bool:
    try:
        child.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def test_a_ward_is_ended_after_so_many_looks_without_a_beat_and_once_only() -> None:
    vigil = Vigil(1.0)
    vigil.beat(42)
    assert [vigil.miss() for _ in range(6)] == [NOBODY, NOBODY, NOBODY, 42, NOBODY, NOBODY]


def test_every_beat_begins_anew() -> None:
    vigil = Vigil(1.0)
    for _ in range(3):
        vigil.beat(42)
        assert [vigil.miss() for _ in range(3)] == [NOBODY] * 3


def test_a_standby_is_left_alone() -> None:
    vigil = Vigil(1.0)
    vigil.beat(42)
    vigil.beat(NOBODY)
    assert [vigil.miss() for _ in range(9)] == [NOBODY] * 9


@pytest.mark.parametrize("paused", [False, True])
def test_a_postmaster_is_ended_also_when_it_is_paused(
    postmaster: "subprocess.Popen[bytes]", paused: bool
) -> None:
    if paused:
        postmaster.send_signal(signal.SIGSTOP)
    end(postmaster.pid)
    assert ended(postmaster, 1)


def test_whoever_else_has_that_pid_now_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        end(other.pid)
        lives = other.poll() is None
        other.kill()
    assert lives


@pytest.fixture
def agent(postmaster: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", AGENT, str(postmaster.pid)]) as child:
        yield child
        child.kill()


def test_the_primary_of_an_agent_that_hangs_ends_and_that_of_one_that_lives_does_not(
    postmaster: "subprocess.Popen[bytes]", agent: "subprocess.Popen[bytes]"
) -> None:
    assert not ended(postmaster, 2.5)
    agent.send_signal(signal.SIGSTOP)
    assert ended(postmaster, 10)


def test_a_watchdog_that_is_killed_is_started_again(agent: "subprocess.Popen[bytes]") -> None:
    first = child_of(agent.pid)
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while child_of(agent.pid) == first:
        assert time.monotonic() < deadline


def child_of(pid: int) -> int:
    deadline = time.monotonic() + 10
    while True:
        assert time.monotonic() < deadline
        # A thread's children stand with the thread.
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            if found := children.read_text().split():
                return int(found[0])
