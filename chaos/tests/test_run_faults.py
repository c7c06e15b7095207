import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from chaos import run_faults
from chaos.deadlines import DEADLINES
from chaos.events import FaultMark
from chaos.experiment import FaultStep
from chaos.history import History, read
from chaos.run_errors import RunError
from chaos.run_faults import Faults
from chaos.run_progress import Progress
from chaos.run_watch import Watch
from chaos.targets.base import Fault, Target, TargetError
from chaos.targets.dsn_command import Command


class Shell:
    """A target whose faults are shell commands: `on` is what injects, and each heal adds a line to a file."""

    def __init__(self, healed: Path) -> None:
        self.healed = healed

    def fault(self, kind: str, on: str) -> Fault:
        if kind != "shell":
            raise TargetError(f"nobody is {kind} now.")
        return Command(on, f"echo '{on}' >>{self.healed}", print, name=kind, on=on)


OPEN: dict[Path, History] = {}
"""Histories that are being written."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


@pytest.fixture
def faults(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    monkeypatch.setattr(run_faults, "RETRY_S", 0.0)
    with History(path) as history, Watch(history) as watch:
        monkeypatch.setitem(OPEN, path, history)
        yield Faults(cast(Target, Shell(tmp_path / "healed")), "run", history, watch, Progress())


def marks(path: Path) -> list[tuple[str, str]]:
    OPEN[path].flush()
    return [(mark.action, mark.on) for mark in read(path) if isinstance(mark, FaultMark)]


def shell(on: str, after_s: float = 0, hold_s: float = 0) -> FaultStep:
    return FaultStep(kind="shell", on=on, after_s=after_s, hold_s=hold_s)


def test_a_schedule_is_broken_and_healed_in_its_order(faults: Faults, path: Path) -> None:
    faults.play([shell("true", 0.2, 0.4), shell(":", 0, 0.4)], lambda: None)
    assert marks(path) == [("inject", ":"), ("inject", "true"), ("heal", ":"), ("heal", "true")]


def test_a_slow_fault_does_not_keep_another_from_overlapping_it(faults: Faults, path: Path) -> None:
    faults.play([shell("sleep 0.5"), shell("true", 0.1)], lambda: None)
    assert marks(path)[:2] == [("inject", "true"), ("heal", "true")]


def test_one_that_fails_is_healed_too_and_ends_the_others_early(
    faults: Faults, tmp_path: Path, path: Path
) -> None:
    with pytest.raises(RunError, match=r"shell on false could not be injected: .* ended with 1"):
        faults.play([shell("true", 0, 60), shell("false", 0.2)], lambda: None)
    faults.heal_all()
    assert (tmp_path / "healed").read_text() == "true\nfalse\n"
    assert marks(path) == [("inject", "true"), ("inject", "false"), ("heal", "true"), ("heal", "false")]


def test_an_interrupt_heals_early(faults: Faults, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        faults.play([shell("true", 0, 60)], interrupt)
    assert (tmp_path / "healed").read_text() == "true\n"


def test_the_newest_is_healed_first_and_each_once(faults: Faults, tmp_path: Path) -> None:
    first, _second = faults.inject("shell", "true"), faults.inject("shell", ":")
    faults.heal_all()
    faults.heal(first)
    faults.heal_all()
    assert (tmp_path / "healed").read_text() == ":\ntrue\n"


def test_one_that_cannot_be_healed_is_named_and_does_not_stop_the_others(
    faults: Faults, tmp_path: Path, path: Path
) -> None:
    faults.inject("shell", "true")
    stuck = faults.inject("shell", ":")
    cast(Command, stuck).heal_command = "false"
    with pytest.raises(RunError, match=r"^shell on : could not be healed: .* `python -m chaos heal` puts"):
        faults.heal_all()
    assert marks(path)[2:] == [("heal", "true")]


def test_an_aim_that_nobody_has_is_named(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_faults, "DEADLINES", replace(DEADLINES, aimed=0.0))
    with pytest.raises(RunError, match="primary could not be aimed at postgres-9: nobody is primary now"):
        faults.inject("primary", "postgres-9")


def test_faults_of_several_threads_do_not_disturb_each_other(faults: Faults, path: Path) -> None:
    threads = [threading.Thread(target=faults.inject, args=("shell", f": {n}")) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faults.heal_all()
    assert sorted(marks(path)) == sorted((a, f": {n}") for a in ("heal", "inject") for n in range(5))
