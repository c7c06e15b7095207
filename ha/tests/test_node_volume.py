import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ha.node.volume import Record, Volume, VolumeBusy


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    volume = Volume(tmp_path)
    yield volume
    volume.release()


def make_data(folder: Path, mark: str) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text(mark)


def test_the_lock_is_held_once(volume: Volume, tmp_path: Path) -> None:
    volume.lock()
    with pytest.raises(VolumeBusy, match=r"node\.lock"):
        Volume(tmp_path).lock()


def test_a_stale_pid_file_goes_only_under_the_lock(volume: Volume) -> None:
    make_data(volume.pgdata, "17")
    (volume.pgdata / "postmaster.pid").touch()
    with pytest.raises(VolumeBusy, match="lock"):
        volume.clear_stale_pid()
    volume.lock()
    volume.clear_stale_pid()
    assert not (volume.pgdata / "postmaster.pid").exists()


def test_the_record_survives(volume: Volume, tmp_path: Path) -> None:
    assert volume.record == Record()
    volume.note(rewinding=True)
    assert Volume(tmp_path).record == Record(rewinding=True)


def test_a_copy_replaces_the_data_and_keeps_it_aside(volume: Volume) -> None:
    make_data(volume.pgdata, "old")
    make_data(volume.incoming, "new")
    volume.adopt_incoming()
    assert (volume.pgdata / "PG_VERSION").read_text() == "new"
    assert (volume.aside / "PG_VERSION").read_text() == "old"
    volume.drop_aside()
    assert not volume.aside.exists()


def test_a_crash_between_the_two_renames_loses_nothing(volume: Volume) -> None:
    make_data(volume.pgdata, "old")
    volume.pgdata.rename(volume.aside)
    volume.restore_aside()
    assert (volume.pgdata / "PG_VERSION").read_text() == "old"


def test_a_standby_has_only_the_upstream_it_was_given(volume: Volume) -> None:
    make_data(volume.pgdata, "17")
    auto = volume.pgdata / "postgresql.auto.conf"
    auto.write_text("work_mem = '4MB'\nprimary_conninfo = 'host=old'\nprimary_slot_name = 'old'\n")
    volume.set_upstream({"primary_conninfo": "host=new"})
    assert auto.read_text() == "work_mem = '4MB'\nprimary_conninfo = 'host=new'\n"
    (volume.pgdata / "pg_replslot" / "node_1000_epoch_3").mkdir(parents=True)
    volume.make_standby()
    assert not list((volume.pgdata / "pg_replslot").iterdir())
    assert auto.read_text() == "work_mem = '4MB'\n"
    assert (volume.pgdata / "standby.signal").exists()


def test_an_empty_volume_says_so(volume: Volume) -> None:
    os.mkdir(volume.incoming)
    assert not volume.inspect().present
    assert volume.empty


def test_a_volume_is_whole_unless_a_rewind_is_unfinished(volume: Volume) -> None:
    assert not volume.whole
    make_data(volume.pgdata, "17")
    assert volume.whole
    volume.note(rewinding=True)
    assert not volume.whole
