import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos.clients.process import prefer_this_thread


def scheduler_of_a_child() -> tuple[int, int]:
    preferred = prefer_this_thread()
    if not preferred:
        pytest.skip("this kernel prefers nobody")
    with subprocess.Popen(["sleep", "60"]) as child:
        found = os.sched_getscheduler(0), os.sched_getscheduler(child.pid)
        child.kill()
    return found


def test_a_preferred_thread_prefers_no_child_for_it_may_be_the_system_under_test() -> None:
    with ThreadPoolExecutor(1) as thread:
        mine, childs = thread.submit(scheduler_of_a_child).result()
    assert mine & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    assert childs == os.SCHED_OTHER
