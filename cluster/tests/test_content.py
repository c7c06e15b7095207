from pathlib import Path

import pytest

from cluster.content import KEY_LENGTH, Stamp, content_key


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "tests").mkdir(parents=True)
    (folder / "a.py").write_text("a")
    (folder / "tests" / "test_a.py").write_text("t")
    return folder


def key(tree: Path, *also: str) -> str:
    return content_key([tree], *also, root=tree.parent)


def test_same_content_same_key(tree: Path) -> None:
    assert key(tree) == key(tree)
    assert len(key(tree)) == KEY_LENGTH


@pytest.mark.parametrize("change", ["edit", "add", "rename", "mode", "delete"])
def test_every_change_changes_the_key(tree: Path, change: str) -> None:
    before, file = key(tree), tree / "a.py"
    match change:
        case "edit":
            file.write_text("b")
        case "add":
            (tree / "b.py").write_text("")
        case "rename":
            file.rename(tree / "c.py")
        case "mode":
            file.chmod(0o755)
        case "delete":
            file.unlink()
    assert key(tree) != before


@pytest.mark.parametrize("path", ["tests/test_b.py", "__pycache__/a.pyc", "a.pyc"])
def test_what_no_image_carries_does_not_count(tree: Path, path: str) -> None:
    before = key(tree)
    (tree / path).parent.mkdir(exist_ok=True)
    (tree / path).write_text("x")
    assert key(tree) == before


def test_what_is_said_beside_the_files_counts(tree: Path) -> None:
    assert len({key(tree), key(tree, "a"), key(tree, "b"), key(tree, "a", "b"), key(tree, "ab")}) == 5


def test_a_missing_input_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_key([tmp_path / "none"], root=tmp_path)


def test_a_stamp_says_its_key_and_no_other(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "deep" / "x.key")
    assert not stamp.says("1")
    stamp.write("1")
    assert stamp.says("1")
    assert not stamp.says("2")
    stamp.clear()
    assert not stamp.says("1")
