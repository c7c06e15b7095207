"""The folder of one run inside the cluster: its plan, its history, and what runner and clients tell each other."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["POOLS", "STATUS", "Work", "of_run"]

STATUS, POOLS = "status", "pools"
"""What the clients tell, and the addresses of the pgpool pods that they are told."""
ROOT = "CHAOS_WORK"
"""Environment variable with the folder of all runs."""


@dataclass(frozen=True)
class Work:
    """Where one run's files are."""

    folder: Path

    @property
    def history(self) -> Path:
        """The events, one JSON line each, by this machine's monotonic clock."""
        return self.folder / "history.jsonl"

    @property
    def log(self) -> Path:
        """What the clients said on their way."""
        return self.folder / "log"

    def write(self, name: str, value: Any) -> None:
        """Keep a value under a name; whoever reads it meanwhile sees the old one or the new one."""
        draft = self.folder / f"{name}.draft"
        draft.write_text(json.dumps(value))
        draft.rename(self.folder / f"{name}.json")

    def read(self, name: str, default: Any = None) -> Any:
        """Return a value that was kept."""
        try:
            return json.loads((self.folder / f"{name}.json").read_text())
        except FileNotFoundError:
            return default

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be known as alive during the block; the kernel takes that back from the dead."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    @property
    def alive(self) -> bool:
        """Whether somebody is in such a block now."""
        try:
            with self.held():
                return False
        except BlockingIOError:
            return True


def of_run(run: str) -> Work:
    """Return the folder of a run; it need not be there yet."""
    return Work(Path(os.environ.get(ROOT, "/work")) / run)
