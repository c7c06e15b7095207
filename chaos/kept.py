"""Judged runs that outlive their machine: histories and verdicts, packed in docs/histories as they lie in build/chaos.

A campaign may take longer than one machine lives, and whoever doubts a published figure can judge its runs again.
"""

from __future__ import annotations

import lzma
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from chaos.campaign import verdict_path

__all__ = ["FOLDER", "KeptError", "drop_others", "keep", "restore"]

FOLDER = Path("docs") / "histories"
PACKED = ".tar.xz"


class KeptError(ValueError):
    """A file of kept runs cannot be read; one sentence names it."""


def keep(histories: Iterable[Path], build: Path, kept: Path) -> list[Path]:
    """Pack the judged histories under `build` that are not kept yet, a file per folder; return the new files."""
    packed = []
    for folder, paths in groupby(sorted(histories), key=lambda path: path.parent):
        place = kept / folder.relative_to(build)
        there = {name for file in place.glob(f"*{PACKED}") for name in _names(file)}
        new = [path for path in paths if path.name not in there and verdict_path(path).exists()]
        if new:
            place.mkdir(parents=True, exist_ok=True)
            packed.append(_pack(new, place / f"{new[0].stem}{PACKED}"))
    return packed


def restore(kept: Path, build: Path, folder: Path | None = None) -> None:
    """Unpack what is kept of `folder`, or of all, and is not under `build`. Raises KeptError."""
    for file in sorted((kept / (folder or build).relative_to(build)).rglob(f"*{PACKED}")):
        place = build / file.parent.relative_to(kept)
        place.mkdir(parents=True, exist_ok=True)
        with _opened(file) as archive:
            missing = [member for member in archive if not (place / member.name).exists()]
            archive.extractall(place, missing, filter="data")


def drop_others(folders: Iterable[Path], build: Path, kept: Path) -> None:
    """Remove what is kept of other versions of the experiments that have their runs in these folders of `build`."""
    wanted = {folder.relative_to(build) for folder in folders}
    for experiment in {folder.parts[0] for folder in wanted}:
        for file in sorted((kept / experiment).rglob(f"*{PACKED}")):
            if file.parent.relative_to(kept) not in wanted:
                file.unlink()


def _names(file: Path) -> list[str]:
    with _opened(file) as archive:
        return archive.getnames()


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:xz") as archive:
            yield archive
    except (OSError, EOFError, lzma.LZMAError, tarfile.TarError) as error:
        raise KeptError(f"{file} holds no runs ({error}); `git checkout` it, or remove it.") from error


def _pack(histories: Iterable[Path], file: Path) -> Path:
    beside = file.with_name(f".{file.name}.new")
    with tarfile.open(beside, "w:xz", preset=9) as archive:
        for history in histories:
            archive.add(history, history.name)
            archive.add(verdict_path(history), verdict_path(history).name)
    return beside.replace(file)
