import os
import signal
import subprocess
import sys
import time

import pytest

from ha.process import Child, CommandFailed, Reaper, ends, run, stop


def test_output_of_both_streams_is_returned() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr)"
    assert sorted(run([sys.executable, "-c", script], timeout_s=10).split()) == ["err", "out"]


def test_a_failure_carries_the_last_lines() -> None:
    with pytest.raises(CommandFailed, match="exit code 3: last words"):
        run([sys.executable, "-c", "print('last words'); raise SystemExit(3)"], timeout_s=10)


def test_a_command_that_is_late_is_killed_while_the_heart_beats() -> None:
    beats: list[float] = []
    with pytest.raises(CommandFailed, match="not done in time"):
        run(["sleep", "60"], timeout_s=0.3, beat=lambda: beats.append(time.monotonic()))
    assert len(beats) > 2


def test_the_end_of_a_child_is_told_when_it_comes() -> None:
    with subprocess.Popen(["sleep", "0.2"]) as child:
        assert not ends(child, 0.01)
        began = time.monotonic()
        assert ends(child, 60)
        assert time.monotonic() - began < 30
        assert ends(child, 0)


def test_a_child_that_ignores_the_signal_is_killed() -> None:
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        stop(child, signal.SIGTERM, within_s=0.2, beat=lambda: None)
        assert child.returncode == -signal.SIGKILL


def test_a_child_is_known_while_it_runs_and_forgotten_with_its_code() -> None:
    child = Child(lambda: None)
    assert (child.running, child.pids, child.forget()) == (False, set(), None)
    process = child._spawn([sys.executable, "-c", "raise SystemExit(3)"])
    assert child.pids == {process.pid}
    process.wait()
    assert not child.running
    assert child.pids == {process.pid}, "it is still ours to reap"
    assert (child.forget(), child.pids) == (3, set())


def test_a_child_that_is_ended_is_gone() -> None:
    child = Child(lambda: None)
    process = child._spawn(["sleep", "60"])
    assert child.running
    child._end(signal.SIGTERM, 5)
    assert (process.returncode, child.running, child.pids) == (-signal.SIGTERM, False, set())


def test_an_orphan_is_reaped_at_the_second_look_and_our_own_never() -> None:
    mine, orphan = os.fork(), 0
    if mine == 0:
        os._exit(0)
    orphan = os.fork()
    if orphan == 0:
        os._exit(0)
    reaper = Reaper()
    try:
        deadline = time.monotonic() + 5
        while not {mine, orphan} <= set(reaper._zombies()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert orphan not in reaper.scan({mine})
        assert orphan in reaper.scan({mine})
    finally:
        assert os.waitpid(mine, 0)[0] == mine
