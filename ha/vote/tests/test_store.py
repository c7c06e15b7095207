from pathlib import Path

import pytest

from ha.vote.epoch import Epoch, Seat
from ha.vote.record import GENESIS, Lost, Record, Reign
from ha.vote.store import Store

SEAT = Seat(1, 3, 1)
FULL = Record(
    promise=Epoch(7),
    floor=Epoch(3),
    holds=frozenset({Epoch(5), Epoch(7)}),
    asking=Epoch(7),
    closed=Epoch(4),
    leading=Epoch(1),
    reigns=(Reign(Epoch(0), 0, 1), Reign(Epoch(3), 4096)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vote.json"


@pytest.mark.parametrize("record", [Record(), GENESIS, FULL])
def test_what_was_written_is_read(path: Path, record: Record) -> None:
    Store(path, SEAT).write(record)
    assert Store(path, SEAT).read() == record


def test_a_missing_record_is_a_lost_one_and_says_what_follows(path: Path) -> None:
    lost = Store(path, SEAT).read()
    assert isinstance(lost, Lost)
    assert "does not vote until it is cloned again" in lost.why


@pytest.mark.parametrize("length", [0, 1, 40, -12, -9, -2])
def test_a_torn_record_is_a_lost_one(path: Path, length: int) -> None:
    Store(path, SEAT).write(FULL)
    path.write_text(path.read_text()[:length])
    assert isinstance(Store(path, SEAT).read(), Lost)


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"{}\n99914b93\n", b"[]\n00000000\n"])
def test_junk_is_a_lost_record(path: Path, junk: bytes) -> None:
    path.write_bytes(junk)
    assert isinstance(Store(path, SEAT).read(), Lost)


def test_a_changed_digit_is_noticed(path: Path) -> None:
    Store(path, SEAT).write(FULL)
    path.write_text(path.read_text().replace('"promise": 7', '"promise": 8'))
    assert isinstance(Store(path, SEAT).read(), Lost)


def test_a_crash_while_writing_leaves_the_old_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(path, SEAT)
    store.write(GENESIS)
    monkeypatch.setattr("os.fsync", _fail)
    with pytest.raises(OSError, match="no space"):
        store.write(FULL)
    assert Store(path, SEAT).read() == GENESIS


def test_the_file_is_synced_before_it_gets_its_name_and_the_folder_after(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(path.exists()))
    Store(path, SEAT).write(FULL)
    assert seen == [False, True]


@pytest.mark.parametrize("seat", [Seat(2, 3, 1), Seat(1, 5, 1)])
def test_a_record_of_another_seat_is_no_record(path: Path, seat: Seat) -> None:
    Store(path, SEAT).write(FULL)
    lost = Store(path, seat).read()
    assert isinstance(lost, Lost)
    assert "ha.json says ordinal" in lost.why


@pytest.mark.parametrize(("then", "now"), [(1, 2), (2, 1)])
def test_votes_count_with_the_lowest_k_that_was_ever_in_force(path: Path, then: int, now: int) -> None:
    Store(path, Seat(1, 5, then)).write(GENESIS)
    store = Store(path, Seat(1, 5, now))
    store.read()
    assert store.seat == Seat(1, 5, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"promise": Epoch(1), "floor": Epoch(2)},
        {"promise": Epoch(4), "asking": Epoch(4)},
        {"promise": Epoch(4), "asking": Epoch(1), "holds": frozenset({Epoch(1)}), "leading": Epoch(4)},
        {"reigns": (Reign(Epoch(3), 1), Reign(Epoch(0), 0))},
    ],
)
def test_a_record_that_no_votes_can_write_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"promise|asks|order"):
        Record(**wrong)  # type: ignore[arg-type]


def _fail(_: int) -> None:
    raise OSError("no space")
