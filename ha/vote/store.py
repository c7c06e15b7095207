"""The record's file: whole and fsynced before anybody acts on it, or known to be lost."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

from ha.vote.epoch import Seat
from ha.vote.record import Lost, Memory, Record

__all__ = ["Store"]


class Store:
    """One file beside PGDATA. The seat stands in it, because N and the ordinal give epochs their meaning."""

    def __init__(self, path: Path, seat: Seat) -> None:
        self._path = path
        self._seat = seat

    @property
    def seat(self) -> Seat:
        """The seat to vote with: after read(), with the lowest k that was ever in force.

        Writes that were acknowledged under a lower k are on no more nodes than that.
        """
        return self._seat

    def read(self) -> Memory:
        """The record, or why this node has lost it. Raises OSError only when the volume itself fails."""
        try:
            text = self._path.read_text()
        except FileNotFoundError:
            return self._lost("there is none", blank=True)
        except UnicodeDecodeError as error:
            return self._lost(str(error))
        body, _, check = text.partition("\n")
        if check.strip() != _sum(body):
            return self._lost("it is torn: its checksum does not fit")
        try:
            raw = json.loads(body)
            seat = Seat(**raw["seat"])
            record = Record.from_json(raw["record"])
        except (ValueError, KeyError, TypeError) as error:
            return self._lost(str(error))
        if (seat.members, seat.ordinal) != (self._seat.members, self._seat.ordinal):
            return self._lost(
                f"it was written by ordinal {seat.ordinal} of {seat.members} members and "
                f"ha.json says ordinal {self._seat.ordinal} of {self._seat.members}"
            )
        self._seat = min(seat, self._seat, key=lambda s: s.sync_standbys)
        return record

    def write(self, record: Record) -> None:
        """Return only when the record is on disk under its name. Raises OSError; then nothing may be acted on."""
        body = json.dumps({"seat": vars(self._seat), "record": record.to_json()})
        draft = self._path.with_suffix(".new")
        with draft.open("w") as handle:
            handle.write(f"{body}\n{_sum(body)}\n")
            handle.flush()
            os.fsync(handle.fileno())
        draft.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _lost(self, why: str, *, blank: bool = False) -> Lost:
        return Lost(
            f"the record of the vote {self._path} cannot be used: {why}; this node does not vote until it is "
            "cloned again from a primary, with every other member answering",
            blank,
        )


def _sum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
