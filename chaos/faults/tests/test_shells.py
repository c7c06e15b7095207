"""The shells that wait, with real ones of this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from chaos.faults.shells import Ended, Late, Said, Shell, Shells


@pytest.fixture
def shells() -> Iterator[Shells]:
    opened = Shells(lambda node: ["sh"])
    yield opened
    opened.close()


def pid(shells: Shells) -> int:
    return int(shells.run("a", ["sh", "-c", "echo $PPID"], 5).out)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'a  b'; printf c", Said("a  b\nc", "", 0)),
        ("echo wrong >&2; exit 3", Said("", "wrong\n", 3)),
        ("cat", Said("", "", 0)),
    ],
)
def test_output_errors_and_the_exit_code_are_those_of_the_command(
    shells: Shells, script: str, said: Said
) -> None:
    assert shells.run("a", ["sh", "-c", script], 5) == said


def test_arguments_arrive_as_they_are(shells: Shells) -> None:
    assert shells.run("a", ["printf", "%s|", "it's", "a b", "$HOME"], 5).out == "it's|a b|$HOME|"


def test_a_shell_is_used_again(shells: Shells) -> None:
    assert pid(shells) == pid(shells)


def test_one_that_died_while_it_waited_is_replaced(shells: Shells) -> None:
    old = pid(shells)
    os.kill(old, signal.SIGKILL)
    assert pid(shells) != old


def test_one_that_has_ended_is_closed_without_a_word() -> None:
    shell = Shell(["true"])
    shell._child.wait(5)
    with pytest.raises(Ended):
        shell.run(["true"], 5)
    shell.close()


def test_one_that_dies_at_work_is_not_asked_again(shells: Shells) -> None:
    with pytest.raises(Ended):
        shells.run("a", ["sh", "-c", "kill -KILL $PPID"], 5)


def test_a_command_that_does_not_end_is_left(shells: Shells) -> None:
    began = time.monotonic()
    with pytest.raises(Late):
        shells.run("a", ["sleep", "30"], 0.2)
    assert time.monotonic() - began < 5


def test_much_output_is_read_whole(shells: Shells) -> None:
    assert len(shells.run("a", ["head", "-c", "300000", "/dev/zero"], 20).out) == 300000
