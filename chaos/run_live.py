"""A run under way: its clients write, its observers look, and whatever is broken through it is healed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chaos.deadlines import DEADLINES
from chaos.events import Present
from chaos.experiment import FaultStep
from chaos.history import History
from chaos.run_errors import RunError
from chaos.run_faults import Faults
from chaos.run_health import HealthLooks
from chaos.run_progress import Progress
from chaos.run_watch import Watch
from chaos.targets.base import Fault, Load, Target, TargetError

__all__ = ["SAY_S", "Recording"]

POLL_S = 0.25
RETRY_S = 1.0
STEADY_S = 1.0
"""A workload is steady when it was acknowledged as many operations as it begins in this time."""
SAY_S = 15.0
"""Between two reports of why it is not healthy yet."""
PROBE = "probe"
"""Workloads whose name begins so also write to members that must refuse."""


class Recording:
    """What can be done while it is recorded."""

    def __init__(
        self,
        target: Target,
        run: str,
        history: History,
        load: Load,
        faults: Faults,
        watch: Watch,
        progress: Progress,
    ) -> None:
        self.run, self.history, self.progress = run, history, progress
        self._target, self._load, self._faults, self._watch = target, load, faults, watch
        self._rates = {n: rate for n, rate in load.rates.items() if not n.startswith(PROBE)}
        self._looks: HealthLooks | None = None

    @property
    def path(self) -> Path:
        """Where the history is."""
        return self.history.path

    def counts(self) -> Mapping[str, int]:
        """Return how many operations were acknowledged so far, by workload."""
        return self._load.counts()

    def wait_steady(self, within: float = DEADLINES.first_writes) -> None:
        """Wait until every workload was acknowledged what STEADY_S says. Raises RunError."""
        before = dict(self.counts())

        def missing() -> list[str]:
            now = self.counts()
            gained = {name: now.get(name, 0) - before.get(name, 0) for name in self._rates}
            return [name for name, rate in self._rates.items() if gained[name] < max(1.0, STEADY_S * rate)]

        if not self._until(lambda: not missing(), within):
            names = ", ".join(missing())
            raise RunError(f"Not acknowledged often enough within {within:g} s: {names}.")

    def hold(self, seconds: float) -> None:
        """Let the clients go on."""
        self._until(lambda: False, seconds)

    def inject(self, kind: str, on: str) -> Fault:
        """Break something now. It is healed by `heal`, or else when the recording ends. Raises RunError."""
        return self._faults.inject(kind, on)

    def heal(self, fault: Fault) -> None:
        """Put a fault right unless it is."""
        self._faults.heal(fault)
        self._look()

    def play(self, steps: Sequence[FaultStep]) -> None:
        """Break and heal on schedule. Raises RunError."""
        self._faults.play(steps, self._tick)
        self._look()

    def wait_healthy(self, within: float = DEADLINES.healthy) -> list[str]:
        """Wait until a look that begins from now on sees no troubles; return those that are left."""
        looks, since, saying = self._look(), time.monotonic(), 0.0
        self.progress.step("waiting until it is healthy")

        def well() -> bool:
            nonlocal saying
            if looks.newest is None or looks.newest[0] < since:
                return False
            if looks.newest[1] and time.monotonic() > saying:
                saying = time.monotonic() + SAY_S
                self.progress.note("\n".join(looks.newest[1]))
            return not looks.newest[1]

        if self._until(well, within):
            return []
        return list(looks.newest[1]) if looks.newest else ["Nobody could look at its health."]

    def _look(self) -> HealthLooks:
        """Begin to look at the health, unless that is done already."""
        if self._looks is None:
            self._looks = HealthLooks(self._target)
            self._watch.start(self._looks)
        return self._looks

    def read_back(self) -> list[str]:
        """Write down what every member holds; return why that could not be had in full."""
        deadline = time.monotonic() + DEADLINES.read_back
        while True:
            parts: list[Present] = []
            why = []
            try:
                # Kept until all is there: a second try must not double what the first one saw.
                for part in self._target.present(self.run):
                    parts.append(part)  # noqa: PERF402  what came before an error counts
            except TargetError as error:
                why = [str(error)]
            if not why or time.monotonic() > deadline:
                break
            time.sleep(RETRY_S)
        for part in parts:
            self.history.append(part)
        return why

    def _tick(self) -> None:
        self.progress.tick(self.counts())

    def _until(self, reached: Callable[[], bool], within: float, every: float = POLL_S) -> bool:
        deadline = time.monotonic() + within
        while not reached():
            self._tick()
            if (left := deadline - time.monotonic()) <= 0:
                return False
            time.sleep(min(every, left))
        return True
