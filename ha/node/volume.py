"""The volume beside and in PGDATA: the lock, the record of what was begun, what the data says about itself."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ha.node.facts import parse_lsn
from ha.node.start import LocalData
from ha.process import run

__all__ = ["Record", "Volume", "VolumeBusy"]


class VolumeBusy(RuntimeError):
    """Another process holds the lock on this volume."""


@dataclass(frozen=True)
class Record:
    """What must survive a crash of the agent beside the record of the vote (voter.py).

    rewinding: the data is being brought onto another history and is of neither until that is done.
    """

    rewinding: bool = False


class Volume:
    """One node's persistent folder: `pgdata`, the copies beside it, the lock and the record."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pgdata = root / "pgdata"
        self.incoming = root / "pgdata.incoming"
        self.aside = root / "pgdata.aside"
        self._record = root / "node.json"
        self._known: Record | None = None
        self._lock: Any = None

    def lock(self) -> None:
        """Take the flock that PostgreSQL's own pid file cannot replace. Raises VolumeBusy.

        A force-deleted pod may still run on this volume in another PID namespace, where its pid means nothing.
        """
        handle = (self.root / "node.lock").open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.close()
            raise VolumeBusy(f"{self.root}/node.lock is held by another agent") from error
        self._lock = handle

    def release(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            self._lock.close()
        self._lock = None

    @property
    def record(self) -> Record:
        """The durable record; all defaults when none was ever written. Read once: only this agent writes it."""
        if self._known is None:
            exists = self._record.exists()
            self._known = Record(**json.loads(self._record.read_text())) if exists else Record()
        return self._known

    def note(self, **changes: bool) -> None:
        """Change the record durably (written, fsynced, renamed) before returning."""
        record = replace(self.record, **changes)
        draft = self._record.with_suffix(".new")
        with draft.open("w") as handle:
            json.dump(asdict(record), handle)
            handle.flush()
            os.fsync(handle.fileno())
        draft.rename(self._record)
        self.sync_folder()
        self._known = record

    def sync_folder(self) -> None:
        """Make renames in the volume's root durable."""
        folder = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def adopt_incoming(self) -> None:
        """The finished copy becomes the data; what was there is kept aside until the copy streams."""
        if self.pgdata.exists():
            shutil.rmtree(self.aside, ignore_errors=True)
            self.pgdata.rename(self.aside)
        self.incoming.rename(self.pgdata)
        self.sync_folder()

    def restore_aside(self) -> None:
        """After a crash between the two renames of adopt_incoming: the old data is the data again."""
        if self.aside.exists() and not self.pgdata.exists():
            self.aside.rename(self.pgdata)
            self.sync_folder()

    def drop_aside(self) -> None:
        """The copy streams: the old data has no further use."""
        shutil.rmtree(self.aside, ignore_errors=True)

    def inspect(self) -> LocalData:
        """Read what the data says about itself; only while PostgreSQL is stopped."""
        if self.empty:
            return LocalData(present=False)
        control = read_control(self.pgdata)
        record = self.record
        return LocalData(
            present=True,
            damaged=record.rewinding,
            timeline=max(int(control["Latest checkpoint's TimeLineID"]), _newest_segment(self.pgdata)),
            system_id=control["Database system identifier"],
        )

    def checkpoint(self) -> int:
        """Where the latest checkpoint's record begins; after a fast stop it is the very last one."""
        return parse_lsn(read_control(self.pgdata)["Latest checkpoint location"])

    def standby_floor(self) -> dict[str, int]:
        """The settings of the primary that wrote this data, below which it does not start as a standby."""
        control = read_control(self.pgdata)
        return {name: int(control[f"{name} setting"]) for name in ("max_connections", "max_wal_senders")}

    @property
    def empty(self) -> bool:
        """Whether there is no data."""
        return not (self.pgdata / "PG_VERSION").exists()

    @property
    def whole(self) -> bool:
        """Whether there is data, and no rewind or clone of it is unfinished."""
        return not self.empty and not self.record.rewinding

    def make_standby(self) -> None:
        """From now on this data starts in recovery and receives from nobody.

        Slots of its time as primary go too: with one of them a receiver of that epoch would find its way back in.
        """
        (self.pgdata / "standby.signal").touch()
        self.set_upstream({})
        for slot in (self.pgdata / "pg_replslot").glob("*"):
            shutil.rmtree(slot)

    def set_upstream(self, upstream: Mapping[str, str]) -> None:
        """Replace the stored upstream settings; they live in postgresql.auto.conf, where repmgr looks for them.

        Always rewritten before a start: a stored upstream must not reconnect by itself.
        """
        auto = self.pgdata / "postgresql.auto.conf"
        lines = auto.read_text().splitlines() if auto.exists() else []
        kept = [line for line in lines if not line.startswith(("primary_conninfo", "primary_slot_name"))]
        draft = auto.with_suffix(".draft")
        draft.write_text("\n".join([*kept, *(f"{key} = '{value}'" for key, value in upstream.items()), ""]))
        draft.rename(auto)

    def make_primary(self) -> None:
        """Let this data start read-write; only for a cluster that has no other copy."""
        (self.pgdata / "standby.signal").unlink(missing_ok=True)

    def clear_stale_pid(self) -> None:
        """Only under the lock: a postmaster.pid left by a killed container names a pid of another namespace."""
        if self._lock is None:
            raise VolumeBusy("postmaster.pid is removed only under the volume's lock")
        (self.pgdata / "postmaster.pid").unlink(missing_ok=True)


def read_control(pgdata: Path) -> dict[str, str]:
    """pg_controldata's lines as a dict."""
    output = run(["pg_controldata", str(pgdata)], timeout_s=10, env={"LC_ALL": "C"})
    return dict(re.findall(r"^([^:]+):\s+(.*)$", output, re.MULTILINE))


def _newest_segment(pgdata: Path) -> int:
    """The highest timeline of any WAL segment: a standby may have received past its last restartpoint."""
    names = (p.name for p in (pgdata / "pg_wal").iterdir())
    return max((int(n[:8], 16) for n in names if re.fullmatch(r"[0-9A-F]{24}(\.partial)?", n)), default=0)
