"""Sends a recorder into a member's container and writes down what it tells, as long as somebody wants to know."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from chaos.events import Decision
from chaos.history import History
from chaos.kube.errors import KubeError
from chaos.onnode import recorder
from chaos.onnode.collect import boot_id, collect

__all__ = ["InContainer", "OnNode", "Place"]

LONGEST_S = 1800.0
"""A recorder whose runner crashed ends by itself after so long."""
END_S = 10.0
LOOK_S = 0.2
AGAIN_S = 1.0


class Place(Protocol):
    """Where a recorder runs."""

    def run(self, name: str, argv: Sequence[str]) -> list[str]:
        """Return the command that runs `argv` there under a name, its input and output connected to ours."""

    def end(self, name: str) -> list[str]:
        """Return the command that ends what runs under a name."""


@dataclass(frozen=True)
class InContainer:
    """A container on a kind node; needs neither the node's network nor the API server."""

    node: str
    container: str
    """Its id, as `ctr --namespace=k8s.io tasks` names it."""

    def run(self, name: str, argv: Sequence[str]) -> list[str]:
        """Return the command."""
        enter = ["docker", "exec", "--interactive", self.node, "ctr", "--namespace=k8s.io", "tasks", "exec"]
        return [*enter, f"--exec-id={name}", self.container, *argv]

    def end(self, name: str) -> list[str]:
        """Return the command: the end of `docker exec` alone would leave it running."""
        enter = ["docker", "exec", self.node, "ctr", "--namespace=k8s.io", "tasks", "kill"]
        return [*enter, "--signal=SIGTERM", f"--exec-id={name}", self.container]


class OnNode:
    """The recorder of one member. run: the prefix of what it writes.

    `place` is asked for whenever it begins: a member's container changes.
    """

    def __init__(self, member: str, run: str, place: Callable[[], Place]) -> None:
        self.name = f"recorder on {member}"
        self.begun = threading.Event()
        """It records: nobody gets into a container once its node is frozen."""
        self._member, self._run, self._place = member, run, place

    def observe(self, history: History, stop: threading.Event) -> None:
        """Record until `stop`. An earlier end, of its container perhaps, is noted as a decision, and it begins again.

        Raises RuntimeError when nothing could be recorded, ValueError when what came is not understood.
        """
        said = ""
        while not stop.is_set():
            try:
                said = self._record(self._place(), history, stop)
            except KubeError as error:
                said = str(error)
            if not stop.is_set():
                history.append(Decision(self.name, time.monotonic(), f"ended: {said}"))
                stop.wait(AGAIN_S)
        if not self.begun.is_set():
            raise RuntimeError(f"the {self.name} said nothing: {said}")

    def _record(self, place: Place, history: History, stop: threading.Event) -> str:
        """Record in one container, and return the recorder's last words."""
        name = f"chaos-{uuid.uuid4().hex[:12]}"
        what = ["python3", "-", f"--member={self._member}", f"--run={self._run}", f"--seconds={LONGEST_S:g}"]
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
            subprocess.Popen(
                place.run(name, what), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            ender = threading.Thread(target=_end, args=(process, place.end(name), stop), daemon=True)
            ender.start()
            self._write_down(process, history)
            process.wait()
            ender.join()
            errors.seek(0)
            return " ".join(errors.read().split())[-300:]

    def _write_down(self, process: subprocess.Popen[str], history: History) -> None:
        """Hand over the script, and write down what it prints."""
        assert process.stdin is not None
        assert process.stdout is not None
        _hand_over(process.stdin)
        try:
            for event in collect(process.stdout, boot_id()):
                history.append(event)
                self.begun.set()
        except BaseException:
            process.kill()
            raise


def _hand_over(stdin: IO[str]) -> None:
    try:
        with stdin:
            stdin.write(Path(recorder.__file__).read_text())
    except BrokenPipeError:
        pass  # it ended at once; its errors say why


def _end(process: subprocess.Popen[str], command: Sequence[str], stop: threading.Event) -> None:
    """End the recorder when somebody says so; what it printed until then is still read."""
    while not stop.wait(LOOK_S):
        if process.poll() is not None:
            return
    try:
        subprocess.run(command, capture_output=True, timeout=END_S, check=False)
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
