"""The clients in the cluster as the runner sees them: begun, counted, ended, and their history collected afterwards."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from chaos.codec import parse
from chaos.events import Event
from chaos.history import History
from chaos.inside.plan import Plan
from chaos.onnode.collect import shifted
from chaos.targets.base import TargetError
from chaos.targets.gke_objects import JOB
from chaos.targets.gke_tool import Tool
from chaos.targets.gke_words import inside
from cluster.gke.settings import GkeSettings

__all__ = ["RemoteLoad", "collected"]

SYNC_S = 2.0
"""Every question is a process in the clients' pod."""
SILENT_S = 60.0
"""Without a word from the clients for so long, a run is given up; a fault may silence them for a while."""
CALL_S = 120.0
COLLECT_S = 600.0


def collected(text: str, offset: float) -> tuple[list[Event], Mapping[str, Any]]:
    """Return the events of a history from another machine on our clock, and what its last line tells.

    Raises TargetError when something of it is missing.
    """
    *lines, last = text.splitlines() or [""]
    try:
        told = json.loads(last)
        events = [shifted(parse(json.loads(line)), offset) for line in lines]
    except ValueError as error:
        raise TargetError(f"The clients' history cannot be read: {error}.") from error
    if not isinstance(told, dict) or told.get("lines") != len(lines):
        raise TargetError(f"Of the clients' history only {len(lines)} lines arrived: {last[:200]}.")
    return events, told


class RemoteLoad:
    """The clients of one run in the Job's pod. Every method raises TargetError."""

    def __init__(
        self,
        tool: Tool,
        settings: GkeSettings,
        plan: Plan,
        history: History,
        pools: Callable[[], Mapping[str, str]],
        offset: Callable[[], float],
    ) -> None:
        self._tool, self._settings, self._plan, self._history = tool, settings, plan, history
        self._pools, self._offset = pools, offset
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="clients", daemon=True)
        self._status: Mapping[str, Any] = {}
        self._heard = time.monotonic()
        self._why = ""

    @property
    def rates(self) -> Mapping[str, float]:
        """Operations a second by workload."""
        return dict(self._status.get("rates", {}))

    def counts(self) -> Mapping[str, int]:
        """Return what was acknowledged when the clients were asked last, some seconds ago."""
        if self._status.get("ended") or self._status.get("alive") is False:
            why = self._status.get("error") or "nobody told them to"
            raise TargetError(f"The clients in the cluster ended: {why}. See `kubectl logs job/{JOB}`.")
        if time.monotonic() - self._heard > SILENT_S:
            raise TargetError(f"The clients were not heard of for {SILENT_S:g} s: {self._why}")
        return dict(self._status.get("counts", {}))

    def __enter__(self) -> RemoteLoad:
        begin = inside(self._settings, "start", stdin=self._plan.to_json())
        self._status = _object(self._tool.run(begin, CALL_S))
        self._heard = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        try:
            self._collect()
        except TargetError:
            # What came before tells more.
            if kind is None:
                raise

    def _collect(self) -> None:
        said = self._tool.run(inside(self._settings, "stop", self._plan.run), COLLECT_S)
        events, told = collected(said, self._offset())
        for event in events:
            self._history.append(event)
        if told.get("error") or not told.get("ended"):
            why = told.get("error") or "they were killed"
            raise TargetError(f"The clients in the cluster did not end well: {why}.")

    def _follow(self) -> None:
        while not self._stop.wait(SYNC_S):
            try:
                self.sync()
            except TargetError as error:
                self._why = str(error)

    def sync(self) -> None:
        """Tell where the pools are, and learn what was acknowledged."""
        told = json.dumps(dict(self._pools()))
        said = self._tool.run(inside(self._settings, "sync", self._plan.run, stdin=told), CALL_S)
        self._status = {**self._status, **_object(said)}
        self._heard = time.monotonic()


def _object(said: str) -> Mapping[str, Any]:
    found = json.loads(said or "{}")
    return found if isinstance(found, dict) else {}
