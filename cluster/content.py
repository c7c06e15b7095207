"""Content keys: what was made from unchanged inputs is not made again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

IGNORED = frozenset({"__pycache__", "tests", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules"})
KEY_LENGTH = 12


def files_of(path: Path) -> list[Path]:
    """Return the files under a folder (or the file itself) that count as its content, sorted."""
    if path.is_file():
        return [path]
    found = (p for p in path.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return sorted(p for p in found if not IGNORED & set(p.relative_to(path).parts))


def content_key(paths: Iterable[Path], *also: str, root: Path) -> str:
    """Return a short hash of names (relative to `root`), modes and bytes of all files under `paths`, and of `also`.

    Raises:
        FileNotFoundError: one of the paths does not exist.

    """
    digest = hashlib.sha256()
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(path)
        for file in files_of(path):
            mode = "x" if file.stat().st_mode & 0o100 else "-"
            digest.update(f"{file.relative_to(root)}\0{mode}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    for text in also:
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:KEY_LENGTH]


class Stamp:
    """A marker beside something made: written last, so an interruption leaves none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def says(self, key: str) -> bool:
        """Tell whether the thing was made to its end from the inputs of `key`."""
        return self.path.exists() and self.path.read_text() == key

    def clear(self) -> None:
        """Forget the thing, before it is touched."""
        self.path.unlink(missing_ok=True)

    def write(self, key: str) -> None:
        """Mark the thing as made, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(key)
        draft.rename(self.path)
