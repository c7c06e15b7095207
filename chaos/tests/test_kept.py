from pathlib import Path

import pytest

from chaos.campaign import verdict_path
from chaos.kept import KeptError, drop_others, keep, restore


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Two judged runs of one version, one of another experiment, and one that was interrupted."""
    for name in ("drain/v1-0.25/a", "drain/v1-0.25/b", "pod-lost/v1/a", "drain/v1-0.25/torn"):
        history = tmp_path / "build" / f"{name}.jsonl"
        history.parent.mkdir(parents=True, exist_ok=True)
        history.write_text(f"history of {name}")
        if not name.endswith("torn"):
            verdict_path(history).write_text(f"verdict over {name}")
    return tmp_path / "build"


def packed(kept: Path) -> list[str]:
    return sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file())


def test_what_is_kept_comes_back_on_another_machine(build: Path, tmp_path: Path) -> None:
    keep(build.rglob("*.jsonl"), build, tmp_path / "kept")
    restore(tmp_path / "kept", tmp_path / "other")
    (build / "drain/v1-0.25/torn.jsonl").unlink()
    came = {
        path.relative_to(tmp_path / "other"): path.read_text()
        for path in (tmp_path / "other").rglob("*.json*")
    }
    assert came == {path.relative_to(build): path.read_text() for path in build.rglob("*.json*")}


def test_only_the_folder_of_a_campaign_is_restored(build: Path, tmp_path: Path) -> None:
    keep(build.rglob("*.jsonl"), build, tmp_path / "kept")
    other = tmp_path / "other"
    restore(tmp_path / "kept", other, other / "pod-lost/v1")
    assert [path.name for path in other.rglob("*.jsonl")] == ["a.jsonl"]


def test_what_is_there_is_not_written_over(build: Path, tmp_path: Path) -> None:
    keep(build.rglob("*.jsonl"), build, tmp_path / "kept")
    (build / "pod-lost/v1/a.verdict.json").write_text("judged again")
    restore(tmp_path / "kept", build)
    assert (build / "pod-lost/v1/a.verdict.json").read_text() == "judged again"


def test_only_what_is_new_is_packed(build: Path, tmp_path: Path) -> None:
    assert len(keep(build.rglob("*.jsonl"), build, tmp_path / "kept")) == 2
    assert keep(build.rglob("*.jsonl"), build, tmp_path / "kept") == []
    verdict_path(build / "drain/v1-0.25/torn.jsonl").write_text("now")
    keep(build.rglob("*.jsonl"), build, tmp_path / "kept")
    wanted = ["drain/v1-0.25/a.tar.xz", "drain/v1-0.25/torn.tar.xz", "pod-lost/v1/a.tar.xz"]
    assert packed(tmp_path / "kept") == wanted


def test_other_versions_go_when_a_newer_one_is_published(build: Path, tmp_path: Path) -> None:
    keep(build.rglob("*.jsonl"), build, tmp_path / "kept")
    drop_others([build / "drain/v2"], build, tmp_path / "kept")
    assert packed(tmp_path / "kept") == ["pod-lost/v1/a.tar.xz"]


@pytest.mark.parametrize("damage", [slice(0, 40), slice(0, 0)])
def test_a_file_that_was_cut_off_is_named(build: Path, tmp_path: Path, damage: slice) -> None:
    [file] = keep([build / "pod-lost/v1/a.jsonl"], build, tmp_path / "kept")
    file.write_bytes(file.read_bytes()[damage])
    with pytest.raises(KeptError, match=r"a\.tar\.xz holds no runs .*git checkout"):
        restore(tmp_path / "kept", tmp_path / "other")
