import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chaos.checkers.generator import LATE_S, quantile
from chaos.clients.tests.driving import eventually
from chaos.clients.tests.test_generator import Made
from chaos.events import Decision, Operation
from chaos.history import History, operations, read
from chaos.targets.base import TargetError
from chaos.targets.local_load import LocalLoad


def clients_of(load: LocalLoad) -> int:
    pid = load._process.pid
    assert pid is not None
    return pid


def test_what_both_processes_write_is_in_the_history(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history, LocalLoad([Made()], history, "r") as load:
        while load.counts()["made"] < 50:
            history.append(Decision("runner", time.monotonic(), "x" * 500))
    events = read(tmp_path / "h")
    assert {type(event) for event in events} == {Decision, Operation}
    assert [op.value for op in operations(events)][:50] == [f"r-{n}" for n in range(50)]


def test_every_attempt_that_was_counted_is_written_when_it_ends(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        with LocalLoad([Made(takes_s=0.3)], history, "r") as load:
            eventually(lambda: load.counts()["made"] > 3)
        written = operations(read(tmp_path / "h"))
    assert all(op.outcome == "ok" for op in written)
    assert len(written) > 30


def test_a_runner_that_keeps_pythons_lock_makes_nobody_late(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history, LocalLoad([Made()], history, "r") as load:
        before, switch = load.counts()["made"], sys.getswitchinterval()
        sys.setswitchinterval(10)
        ends = time.monotonic() + 1
        busy = threading.Thread(target=lambda: [None for _ in iter(lambda: time.monotonic() < ends, False)])
        busy.start()
        busy.join()
        sys.setswitchinterval(switch)
        assert load.counts()["made"] - before > 80
    late = [op.sent - op.intended for op in operations(read(tmp_path / "h"))]
    assert quantile(late, 0.99) < LATE_S


def killed(load: LocalLoad) -> None:
    os.kill(clients_of(load), signal.SIGKILL)
    eventually(lambda: not load._process.is_alive())


def test_clients_that_were_killed_are_no_quiet_ones(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        load = LocalLoad([Made()], history, "r").__enter__()
        killed(load)
        with pytest.raises(TargetError, match="nobody told it to"):
            load.counts()
        with pytest.raises(TargetError, match="nobody told it to"):
            load.__exit__(None, None, None)


def test_what_ended_the_clients_is_told(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history, pytest.raises(TargetError, match="ended: ValueError: two work"):
        LocalLoad([Made(), Made()], history, "r").__enter__()


def test_an_error_of_the_runner_is_not_hidden_by_its_clients(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        load = LocalLoad([Made()], history, "r").__enter__()
        killed(load)
        load.__exit__(KeyError, KeyError(), None)


ORPHANED = """
import os, sys
from pathlib import Path
from chaos.clients.tests.test_generator import Made
from chaos.history import History
from chaos.targets.local_load import LocalLoad

if __name__ == "__main__":
    with History(Path(sys.argv[1])) as history, LocalLoad([Made()], history, "r") as load:
        print(load._process.pid, flush=True)
        os.kill(os.getpid(), 9)
"""


def test_clients_whose_runner_is_gone_end_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "runner.py").write_text(ORPHANED)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    ran = subprocess.run(
        [sys.executable, tmp_path / "runner.py", tmp_path / "h"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = Path("/proc") / ran.stdout.strip()
    eventually(lambda: not child.exists() or "Z" in (child / "stat").read_text().split()[2])
