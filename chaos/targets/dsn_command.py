"""A shell command of somebody else's as a fault: run with a time limit, its output shown."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chaos.deadlines import DEADLINES
from chaos.targets.base import TargetError

__all__ = ["KIND", "Command", "run"]

KIND = "command"
TAIL = 4000
"""Characters of its output that are shown."""
Say = Callable[[str], None]


@dataclass
class Command:
    """Injected by one command and healed by another, when there is one."""

    inject_command: str
    heal_command: str | None
    say: Say
    timeout_s: float = DEADLINES.command
    name: str = KIND
    on: str = "endpoint"
    isolates: tuple[str, ...] = ()
    _broken: bool = field(default=False, init=False)

    def inject(self) -> float:
        """Run it and return when it began. Raises TargetError when it fails or takes too long."""
        at = time.monotonic()
        self._broken = True
        run(self.inject_command, "--inject", self.say, self.timeout_s)
        return at

    def heal(self) -> None:
        """Run the other one, once after each injection. Raises as `inject` does."""
        if self._broken and self.heal_command:
            run(self.heal_command, "--heal", self.say, self.timeout_s)
        self._broken = False


def run(command: str, option: str, say: Say, timeout_s: float) -> None:
    """Run a command of the given option in the shell. Raises TargetError."""
    # Not a pipe: a server that the command starts inherits it, and its end would never be seen.
    with tempfile.TemporaryFile() as output:
        # In a session of its own, so that Ctrl-C does not stop it half way and a time-out ends its children.
        process = subprocess.Popen(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise TargetError(
                f"The command of {option} did not end within {timeout_s:g} s and was killed: {command}"
            ) from None
        finally:
            output.seek(0)
            if shown := output.read().decode(errors="replace").strip()[-TAIL:]:
                say(shown)
    if code != 0:
        raise TargetError(f"The command of {option} ended with {code}, it must end with 0: {command}")


def _usual_priority() -> list[str]:
    # The instrument prefers itself; a server that the command starts must not inherit that.
    raised = -os.getpriority(os.PRIO_PROCESS, 0)
    return ["nice", "-n", str(raised)] if raised > 0 else []
