"""The commands of a page in docs/, so that tests run exactly what people are told to type."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["COMPOSE", "DOWN", "LOCAL", "PYTHON", "ROOT", "UP", "Typist", "blocks"]

ROOT = Path(__file__).parent.parent
LOCAL = ROOT / "docs" / "local.md"
PYTHON, COMPOSE = "Only Python", "docker compose"
UP = "One node on kind", "One node of your own", "Break it"
DOWN = ("Remove it",)
"""The headings of docs/local.md: run by cluster/tests/test_docs.py, e2e/test_compose.py and e2e/onenode.py."""
FENCE = re.compile(r"^```(\w*)$")
LONGEST_S = 1200
"""One command: a whole bring-up on a bare machine takes 14 minutes on 2 cores."""
TAIL = 2000
"""Characters of a failed command's output that are shown."""


def blocks(page: str) -> dict[str, list[str]]:
    """Return the commands of all ```sh blocks by their heading, in order; a comment line is none.

    Raises ValueError for a block in another language or outside all headings: nobody would run it.
    """
    found: dict[str, list[str]] = {}
    heading, language = "", None
    for line in page.splitlines():
        if fence := FENCE.match(line):
            language = fence[1] if language is None else None
            if language not in (None, "sh") or (language and not heading):
                raise ValueError(f"A block ```{language} under {heading!r} is run by no test; write ```sh.")
        elif language:
            if line and not line.startswith("#"):
                found.setdefault(heading, []).append(line)
        elif line.startswith("    ") and line.strip():
            raise ValueError(
                f"An indented block under {heading!r} is run by no test; write ```sh: {line.strip()}"
            )
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return found


@dataclass(frozen=True)
class Typist:
    """Types commands as a person would, except for what is replaced because it differs from machine to machine."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's own; commands of the virtual environment are found first."""
    replaced: Mapping[str, str] = field(default_factory=dict)

    def words(self, command: str) -> str:
        """Return the command as it is run here."""
        for old, new in self.replaced.items():
            command = command.replace(old, new)
        return command

    def surroundings(self) -> dict[str, str]:
        """Return the environment of every command."""
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, **self.environment}

    def run(self, commands: Sequence[str]) -> dict[str, str]:
        """Run one after the other; return the output of each. Raises AssertionError for the first that fails."""
        said = {}
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", self.words(command)],
                cwd=ROOT,
                env=self.surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
            assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout[-TAIL:]}"
            said[command] = done.stdout
        return said
