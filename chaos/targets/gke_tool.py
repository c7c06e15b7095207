"""Runs kubectl and gcloud, or says what would be run: all that is done to GKE and not by its API goes this way."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from chaos.faults.hands import RUN_S, FaultError
from cluster.gke import errors
from cluster.gke.settings import GkeSettings
from cluster.gke.tool import INSTALL, PROGRAMS, named

__all__ = ["EXISTS", "RAN", "Command", "Printer", "Programs", "Tool"]

EXISTS = "AlreadyExists"
"""kubectl's word for an object that is there."""
RAN = "command terminated with exit code"
"""What kubectl says when it was the command on the other side that failed, and not the way there."""
END = "EOF"
TAIL = 400
VARIABLE = re.compile(r"'(\$[A-Z][A-Z0-9_]*)'")


@dataclass(frozen=True)
class Command:
    """One command line with its input; `line` is how a person runs the same."""

    words: tuple[str, ...]
    stdin: bytes = b""
    piped: str = ""
    """The command whose output is the input, where that is no text."""
    into: str = ""
    """The shell variable that a person keeps the output in, for the commands after it."""

    @property
    def line(self) -> str:
        """The command as it can be pasted into a shell."""
        # A word that is a variable stays one.
        line = VARIABLE.sub(r'"\1"', shlex.join(self.words))
        if self.piped:
            line = f"{self.piped} | {line}"
        elif self.stdin:
            text = self.stdin.decode().rstrip("\n")
            # A variable of a command before must be filled in, and nothing else.
            mark = END if "$" in text else f"'{END}'"
            line = f"{line} <<{mark}\n{text}\n{END}\n"
        return f"{self.into}=$({line})" if self.into else line.rstrip("\n")

    def of(self, stdin: str) -> Command:
        """Return the same with an input."""
        return replace(self, stdin=stdin.encode())


class Tool(Protocol):
    """Whatever runs commands."""

    def run(self, command: Command, timeout_s: float = RUN_S) -> str:
        """Return what it prints. Raises FaultError with the program's own words."""


class Programs:
    """The programs on PATH."""

    def __init__(self, settings: GkeSettings) -> None:
        self._settings = settings

    def run(self, command: Command, timeout_s: float = RUN_S) -> str:
        """Return what it prints. Raises FaultError."""
        environment = os.environ | {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
        name = named(command.words)
        try:
            done = subprocess.run(
                command.words,
                input=command.stdin,
                env=environment,
                capture_output=True,
                timeout=timeout_s,
                check=False,
                # Ctrl-C is for the runner, which heals by such commands.
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as error:
            raise FaultError(f"`{name}` did not end within {timeout_s:g} s.") from error
        except OSError as error:
            advice = PROGRAMS.get(command.words[0], INSTALL)
            raise FaultError(f"`{name}` cannot be run ({error}); {advice}.") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace") or done.stdout.decode(errors="replace")
            if RAN in said:
                raise FaultError(f"`{name}`: {' '.join(said.split())[-TAIL:]}.")
            sentence, advice = errors.explained(f"`{name}`", said, self._settings)
            raise FaultError(" ".join(sentence.split()) + (f" Try: {advice}" if advice else ""))
        return done.stdout.decode(errors="replace")


class Printer:
    """Says every command instead of running it; `answers` tells what it would print, as far as that matters."""

    def __init__(self, say: Callable[[str], None], answers: Callable[[Command], str]) -> None:
        self._say, self._answers = say, answers

    def run(self, command: Command, timeout_s: float = RUN_S) -> str:
        """Say it and return its presumed answer."""
        self._say(command.line)
        return f"${command.into}" if command.into else self._answers(command)
