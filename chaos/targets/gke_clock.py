"""How far the clock of the clients' machine is from ours."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence

from chaos.targets.base import TargetError
from chaos.targets.gke_objects import JOB
from chaos.targets.gke_tool import Command
from chaos.targets.gke_words import kubectl
from cluster.gke.settings import GkeSettings

__all__ = ["clock_of", "measured", "offset_of", "pings"]

PINGS = 10
WORST_S = 1.0
"""An offset that may be wrong by more would move a fault among the answers that it is judged by."""
# One line back for each line in: the moment of that machine's clock.
SCRIPT = "import sys, time\nfor _ in sys.stdin: print(time.monotonic(), flush=True)"


def offset_of(pings: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Return what to add to the other clock to have ours, and the largest error, in seconds.

    A ping is when it was sent, what the other clock showed, and when that came back. The quickest one tells most
    (Cristian's algorithm): the other clock was read somewhere on its way. Raises ValueError without any.
    """
    sent, theirs, came = min(pings, key=lambda ping: ping[2] - ping[0])
    return (sent + came) / 2 - theirs, (came - sent) / 2


def measured(ask: Callable[[], float], count: int = PINGS) -> tuple[float, float]:
    """Return `offset_of` some pings; `ask` reads the other clock."""
    pings = []
    for _ in range(count):
        sent = time.monotonic()
        theirs = ask()
        pings.append((sent, theirs, time.monotonic()))
    return offset_of(pings)


def pings(settings: GkeSettings) -> Command:
    """Return the command that answers every line with a moment."""
    return kubectl(settings, "exec", "--stdin", f"job/{JOB}", "--", "python3", "-u", "-c", SCRIPT)


def clock_of(settings: GkeSettings) -> float:
    """Return what to add to the clients' clock, in seconds. Raises TargetError."""
    words = pings(settings).words
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def ask() -> float:
            stdin.write("\n")
            return float(stdout.readline())

        try:
            offset, error = measured(ask)
        except (OSError, ValueError) as why:
            raise TargetError(
                f"The clock of the clients cannot be read ({why}); see `kubectl get pods`."
            ) from why
    if error > WORST_S:
        raise TargetError(
            f"The clients' clock is known to {error:.1f} s only; the way to the cluster is too slow."
        )
    return offset
