import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chaos.events import Event, FaultMark, Operation
from chaos.history import History, operations, read, stream

EVENTS: list[Event] = [
    Operation("ledger", "r-0", 1.0, 1.1, 1.2, "ok"),
    FaultMark("pod-lost", "inject", 1.15, "postgres-0"),
    Operation("ledger", "r-1", 1.05, 1.1, 2.2, "unknown", "deadline"),
]


def write(path: Path, joined: bool = False) -> Path:
    with History(path, joined) as history:
        for event in EVENTS:
            history.append(event)
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert read(write(tmp_path / "h.jsonl")) == EVENTS


def test_operations_are_told_from_faults(tmp_path: Path) -> None:
    assert [op.value for op in operations(read(write(tmp_path / "h.jsonl")))] == ["r-0", "r-1"]


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_last_line_is_left_out(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "h.jsonl")
    path.write_bytes(path.read_bytes()[:-cut])
    assert read(path) == EVENTS[:-1]


def test_a_torn_line_in_the_middle_is_an_error_with_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "h.jsonl")
    path.write_bytes(b'{"kind": "oper\n' + path.read_bytes())
    with pytest.raises(ValueError, match="line 1"):
        read(path)


@pytest.mark.parametrize(
    "change",
    [{"kind": "song"}, {"outcome": "maybe"}, {"colour": "red"}, {"sent": 0.5}, {"completed": 1.05}],
)
def test_a_line_that_is_no_event_is_an_error(tmp_path: Path, change: dict[str, object]) -> None:
    path = write(tmp_path / "h.jsonl")
    first = json.loads(path.read_text().splitlines()[0]) | change
    path.write_text(json.dumps(first) + "\n")
    with pytest.raises(ValueError, match="line 1"):
        read(path)


def test_two_events_on_one_line_are_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "h.jsonl")
    path.write_text(path.read_text().replace("}\n{", "}{"))
    with pytest.raises(ValueError, match="line 1: it is longer than one event"):
        read(path)


def test_nobody_who_notes_something_waits_for_a_disk_that_hangs(tmp_path: Path) -> None:
    os.mkfifo(path := tmp_path / "h.jsonl")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with History(path, joined=True) as history:
        began = time.monotonic()
        for _ in range(5000):  # many times what the pipe holds
            history.append(EVENTS[0])
        assert time.monotonic() - began < 5
        os.set_blocking(reader, True)
        with open(reader, "rb") as lines:
            assert sum(1 for _, _ in zip(range(5000), lines, strict=False)) == 5000


def test_what_was_noted_before_a_flush_can_be_read_after_it(tmp_path: Path) -> None:
    with History(tmp_path / "h.jsonl") as history:
        for number in range(1, 500):
            history.append(EVENTS[0])
            if not number % 50:
                history.flush()
                assert len(read(history.path)) == number


def test_what_cannot_be_written_is_an_error_and_no_silence() -> None:
    with pytest.raises(OSError, match="No space"):
        write(Path("/dev/full"), joined=True)


def test_a_history_that_is_closed_takes_no_more(tmp_path: Path) -> None:
    with History(tmp_path / "h.jsonl") as history:
        pass
    with pytest.raises(ValueError, match="is closed"):
        history.append(EVENTS[0])


def test_a_stream_reads_no_further_than_it_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "h.jsonl")
    path.write_text(path.read_text() + "no event\n")
    events = stream(path)
    assert [next(events) for _ in EVENTS] == EVENTS
    with pytest.raises(ValueError, match="line 4"):
        next(events)


def test_a_history_is_never_written_over(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        write(write(tmp_path / "h.jsonl"))


def test_many_threads_share_a_history(tmp_path: Path) -> None:
    with History(tmp_path / "h.jsonl") as history, ThreadPoolExecutor(8) as threads:
        list(threads.map(history.append, EVENTS * 400))
    assert len(read(history.path)) == 400 * len(EVENTS)
