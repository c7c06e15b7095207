import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from chaos.clients.generator import Generator
from chaos.clients.process import likewise, prefer_this_process, prefer_thread
from chaos.clients.tests.driving import acknowledged, eventually, recorded
from chaos.clients.tests.test_generator import Made
from chaos.clients.workload import NOTHING, Step, Task, Wait
from chaos.events import Attempt
from chaos.history import History


def policy(native_id: int) -> int:
    return os.sched_getscheduler(native_id) & ~os.SCHED_RESET_ON_FORK


@pytest.fixture(autouse=True)
def _needs_the_right_to_it() -> None:
    with ThreadPoolExecutor(1) as thread:
        if not thread.submit(prefer_thread).result():
            pytest.skip("this kernel prefers nobody here")


@contextmanager
def another_thread() -> Iterator[int]:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    assert thread.native_id is not None
    yield thread.native_id
    stop.set()
    thread.join()


def policy_of_a_child() -> int:
    assert prefer_thread()
    with subprocess.Popen(["sleep", "60"]) as child:
        found = policy(child.pid)
        child.kill()
    return found


def test_a_preferred_thread_prefers_no_child_for_it_may_be_the_system_under_test() -> None:
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(policy_of_a_child).result() == os.SCHED_OTHER


def test_while_clients_write_all_threads_are_preferred_also_later_ones(tmp_path: Path) -> None:
    with another_thread() as other, History(tmp_path / "h") as history:
        with Generator([], history, "r"), another_thread() as later:
            eventually(lambda: {policy(0), policy(other), policy(later)} == {os.SCHED_RR})
        assert {policy(0), policy(other)} == {os.SCHED_OTHER}


class Starting(Made):
    """Starts a thread for every attempt, as HTTP clients do, and remembers how preferred it is from the start."""

    def attempt(self, number: int) -> Step:
        thread = threading.Thread(target=lambda: self.told.append(str(policy(0))))
        thread.start()
        thread.join()
        yield Wait(NOTHING, "read", time.monotonic())
        return Attempt("ok")

    def done(self, task: Task, attempt: Attempt) -> None:
        pass


def test_a_thread_that_an_attempt_starts_is_preferred_at_once(tmp_path: Path) -> None:
    starting = Starting()
    recorded(tmp_path / "h", "r", [starting], acknowledged("made", 3))
    assert set(starting.told) == {str(os.SCHED_RR)}


def test_a_thread_is_preferred_when_the_one_that_started_it_is() -> None:
    def both() -> tuple[int, int]:
        with ThreadPoolExecutor(1, initializer=likewise()) as before:
            usual = before.submit(policy, 0).result()
        prefer_thread()
        with ThreadPoolExecutor(1, initializer=likewise()) as after:
            return usual, after.submit(policy, 0).result()

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(both).result() == (os.SCHED_OTHER, os.SCHED_RR)


def test_pythons_lock_changes_hands_often() -> None:
    before = sys.getswitchinterval()
    try:
        prefer_this_process()
        assert sys.getswitchinterval() < 0.001
    finally:
        sys.setswitchinterval(before)
