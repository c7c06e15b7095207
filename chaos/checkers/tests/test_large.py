"""A million operations are to be judged within 30 s and 1 GB; here some of them, in proportion."""

import json
import time
import tracemalloc
from pathlib import Path

from chaos.checkers.judge import judge
from chaos.checkers.tests.system import BOUNDS, MEMBERS
from chaos.codec import dump
from chaos.events import Event, Health, Operation, Present, Read, Run, Sample
from chaos.history import stream

SECONDS_PER_OPERATION = 30 / 1_000_000
BYTES_PER_OPERATION = 1_000_000_000 / 1_000_000
PART = 5_000
TIMES_PARSING = 5
"""On a machine too slow for the 30 s, judging a file still costs no more than so many times reading its JSON (measured:
3.5 times, where a million operations took 40 s)."""
TRIES = 3
"""Whoever else uses the machine makes even processor time longer."""


def large(path: Path, operations: int) -> Path:
    """Write a history of one write a millisecond, and a read of every second one, to `path`."""
    values = [f"chaos-041500-abcdef-pgpool-session-{number}" for number in range(operations)]
    events: list[Event] = [Run("r", "large", "made up", MEMBERS, 1, "v", "", 0.0, bounds=BOUNDS)]
    for number, value in enumerate(values):
        at, session = number / 1000, f"pgpool-session/{number % 10}"
        events.append(Operation("pgpool-session", value, at, at, at + 0.02, "ok", "", MEMBERS[0], session))
        if number % 2:
            times = (at + 0.03, at + 0.03, at + 0.04)
            events.append(
                Read("pgpool-read", value, *times, "ok", "", MEMBERS[1], session, found=True, fresh=True)
            )
    events += [Sample(m, 0.0, 0.0, "primary" if m == MEMBERS[0] else "standby", 1) for m in MEMBERS]
    end = operations / 1000 + 1
    for member in MEMBERS:
        for first in range(0, operations, PART):
            part = tuple(values[first : first + PART])
            events.append(Present(member, "ledger", end, part, last=first + PART >= operations))
    events.append(Health(end, ()))
    path.write_text("".join(json.dumps(dump(event)) + "\n" for event in events))
    return path


def seconds(path: Path) -> float:
    began = time.process_time()
    assert judge(stream(path)).passed
    return time.process_time() - began


def parsing(path: Path) -> float:
    began = time.process_time()
    with path.open() as lines:
        assert all(json.loads(line) for line in lines)
    return time.process_time() - began


def test_a_large_history_is_judged_in_time(tmp_path: Path) -> None:
    path = large(tmp_path / "h.jsonl", 50_000)
    promised = 50_000 * SECONDS_PER_OPERATION
    assert any(seconds(path) < max(promised, TIMES_PARSING * parsing(path)) for _ in range(TRIES))


def test_a_large_history_is_judged_in_little_memory(tmp_path: Path) -> None:
    path = large(tmp_path / "h.jsonl", 5_000)
    tracemalloc.start()
    try:
        assert judge(stream(path)).passed
        assert tracemalloc.get_traced_memory()[1] < 5_000 * BYTES_PER_OPERATION
    finally:
        tracemalloc.stop()
