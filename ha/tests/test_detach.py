"""A fake /proc stands in for the processes: what matters is the order in which they are looked at."""

from pathlib import Path

import pytest

from ha.node.detach import awaits_wal, let_go, receivers, startup

SLEEPING = "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nvoluntary_ctxt_switches:\t{}\n"
PENDING = "SigPnd:\t0000000000000001\nShdPnd:\t0000000000000000\nvoluntary_ctxt_switches:\t{}\n"


def process(proc: Path, pid: int, title: str, status: str) -> None:
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    (folder / "cmdline").write_bytes(title.encode() + b"\0\0")
    (folder / "status").write_text(status)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "self").mkdir()
    process(
        tmp_path, 7, "postgres: postgres-1: startup recovering 000000010000000000000003", SLEEPING.format(5)
    )
    process(tmp_path, 8, "postgres: postgres-1: walreceiver streaming 0/3000148", SLEEPING.format(9))
    process(tmp_path, 9, "postgres: postgres-1: todo todo 10.0.0.1(1) walreceiver", SLEEPING.format(9))
    return tmp_path


def test_processes_are_known_by_their_titles(proc: Path) -> None:
    assert (receivers(proc), startup(proc)) == ([8], 7)
    process(proc, 8, "postgres: walreceiver ", SLEEPING.format(9))
    assert receivers(proc) == [8]


@pytest.mark.parametrize(("state", "awaits"), [("S", True), ("R", False), ("D", False)])
def test_a_server_that_waits_for_wal_is_known_before_it_lets_anybody_in(
    proc: Path, state: str, awaits: bool
) -> None:
    (proc / "7" / "stat").write_text(f"7 (postgres) {state} 1 0")
    assert awaits_wal(proc) is awaits


def test_a_server_that_is_no_standby_awaits_nothing(tmp_path: Path) -> None:
    assert not awaits_wal(tmp_path)


class Kernel:
    """Delivers SIGHUP to the startup process, which rereads, stops the receiver and sleeps again."""

    def __init__(self, proc: Path, *, rereads: bool = True, stops: bool = True) -> None:
        self.proc, self.rereads, self.stops = proc, rereads, stops
        self.sent, self.slept = 0, 5

    def __call__(self, pid: int, number: int) -> None:
        self.sent += 1
        if self.rereads:
            self.slept += 1
            process(self.proc, 7, "postgres: startup waiting", SLEEPING.format(self.slept))
        if self.stops and self.sent == 2:
            (self.proc / "8" / "cmdline").unlink()


def test_it_is_certain_once_the_setting_is_reread_and_no_receiver_is_left(proc: Path) -> None:
    kernel = Kernel(proc)
    assert let_go(lambda: None, 1, proc, kernel)
    assert kernel.sent == 2


@pytest.mark.parametrize(
    "kernel",
    [
        pytest.param({"rereads": False}, id="the startup process is busy"),
        pytest.param({"stops": False}, id="a receiver is left"),
    ],
)
def test_it_is_not_certain_before(proc: Path, kernel: dict[str, bool]) -> None:
    assert not let_go(lambda: None, 0.1, proc, Kernel(proc, **kernel))


def test_a_paused_startup_process_has_reread_nothing(proc: Path) -> None:
    process(proc, 7, "postgres: startup", PENDING.format(5))
    assert not let_go(lambda: None, 0.1, proc, lambda pid, number: None)
