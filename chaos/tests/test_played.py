"""Every experiment has its place in e2e/: a few run each time, the others with -m full, none twice."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.experiment import names
from e2e.test_experiments import ELSEWHERE, IN_CI, NOBODY_SUCCEEDS

ROOT = Path(__file__).parents[2]
PLAYED = re.compile(r"e2e/test_experiments\.py::\w+\[(.+)\]")


def collected(*options: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "e2e", "--collect-only", "-q", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def played(lines: list[str]) -> list[str]:
    return sorted(found[1] for found in map(PLAYED.fullmatch, lines) if found)


@pytest.mark.parametrize("chosen", [IN_CI, ELSEWHERE, NOBODY_SUCCEEDS])
def test_what_is_chosen_are_experiments(chosen: set[str]) -> None:
    assert chosen - set(names()) == set()


def test_every_time_only_what_was_chosen_is_played() -> None:
    lines = collected()
    assert played(lines) == sorted(IN_CI)
    assert any("test_routing.py" in line for line in lines)
    assert not any("test_cold_start.py" in line for line in lines)


def test_in_full_all_others_are_played_once() -> None:
    lines = collected("-m", "full")
    assert played(lines) == sorted(set(names()) - IN_CI - ELSEWHERE)
    assert any("test_cold_start.py" in line for line in lines)
