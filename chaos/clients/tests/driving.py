"""Helpers of the tests: one attempt alone, or a generator for as long as a test needs."""

import time
from collections.abc import Callable
from collections.abc import Generator as Steps
from pathlib import Path
from typing import TypeVar

from chaos.clients.generator import Generator
from chaos.clients.loop import Loop
from chaos.clients.workload import Wait, Workload
from chaos.events import Attempt, Operation, Read
from chaos.history import History, read

T = TypeVar("T")
PATIENCE_S = 20


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def drive(step: Steps[Wait, bool, T]) -> T:
    """Run one step to its end."""
    loop, ended = Loop(), list[T]()
    try:
        loop.start(step, ended.append)
        while not ended:
            loop.turn()
    finally:
        loop.close()
    return ended[0]


def attempt(workload: Workload, number: int = 0, run: str = "r") -> Attempt:
    """One operation of a workload, outside any schedule."""
    task = workload.task(run, number)
    assert task is not None
    result = drive(task.start())
    workload.done(task, result)
    return result


def recorded(
    path: Path, run: str, workloads: list[Workload], until: Callable[[Generator], bool]
) -> list[Operation | Read]:
    """What a generator wrote until the condition held."""
    with History(path) as history, Generator(workloads, history, run) as generator:
        eventually(lambda: until(generator))
    return [event for event in read(path) if isinstance(event, Operation | Read)]


def acknowledged(name: str, number: int) -> Callable[[Generator], bool]:
    return lambda generator: generator.counts()[name] >= number
