import threading
from pathlib import Path

from chaos.events import Decision
from chaos.history import History, read
from chaos.run_watch import Watch


class Observing:
    """Waits for its end, then breaks if it is told to."""

    name = "eye"

    def __init__(self, error: Exception | None = None, deaf: threading.Event | None = None) -> None:
        self.error, self.deaf = error, deaf

    def observe(self, history: History, stop: threading.Event) -> None:
        (self.deaf or stop).wait()
        if self.error:
            raise self.error


def test_one_that_breaks_is_told_in_the_history_and_stops_nobody(tmp_path: Path) -> None:
    with History(tmp_path / "h.jsonl") as history, Watch(history) as watch:
        watch.start(Observing(ValueError("no\nlight")))
        watch.start(Observing())
    assert watch.troubles == ["observer eye broke: ValueError: no light"]
    [told] = read(tmp_path / "h.jsonl")
    assert isinstance(told, Decision)
    assert told.text == watch.troubles[0]


def test_one_that_does_not_stop_is_named(tmp_path: Path) -> None:
    deaf = threading.Event()
    with History(tmp_path / "h.jsonl") as history, Watch(history) as watch:
        watch.end(watch.start(Observing(deaf=deaf)), within=0.05)
        deaf.set()
    assert watch.troubles == ["observer eye broke: did not stop within 0.05 s"]


def test_one_alone_can_be_ended(tmp_path: Path) -> None:
    with History(tmp_path / "h.jsonl") as history, Watch(history) as watch:
        first, second = watch.start(Observing()), watch.start(Observing())
        watch.end(first)
        assert first.stop.is_set()
        assert not second.stop.is_set()
    assert watch.troubles == []
