"""A former container's socket lock names a number that is a living thread here: PostgreSQL starts all the same."""

import pytest

from chaos.deadlines import DEADLINES
from chaos.targets.kind import KindTarget
from chaos.waiting import eventually
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl
from e2e.platform import primary, psql

FORGE_AND_KILL = """
import os, signal
lock = "/run/postgresql/.s.PGSQL.5432.lock"
postmaster, rest = open(lock).read().split("\\n", 1)
thread = max(int(task) for task in os.listdir("/proc/1/task"))
open(lock, "w").write(f"{thread}\\n{rest}")
os.kill(int(postmaster), signal.SIGKILL)
"""
STARTED = "SELECT extract(epoch FROM pg_postmaster_start_time())"


@pytest.mark.full
def test_a_lock_that_names_a_living_thread_keeps_no_server_down(
    target: KindTarget, kubectl: Kubectl, recorded: Recorded
) -> None:
    standby = next(member for member in target.facts().members if member != primary(target).name)
    with recorded("standbys-restarted") as live:
        before = psql(kubectl, standby, STARTED)
        kubectl("exec", standby, "--container=postgres", "--", "python3", "-c", FORGE_AND_KILL)
        eventually(
            lambda: psql(kubectl, standby, STARTED),
            lambda now: now != before,
            within=DEADLINES.promoted,
        )
        live.wait_steady(DEADLINES.promoted)
        assert live.wait_healthy() == []
