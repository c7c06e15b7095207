from pathlib import Path

import pytest

from chaos.targets.base import TargetError
from chaos.targets.dsn_command import Command


def command(
    inject: str, heal: str | None = None, said: list[str] | None = None, timeout_s: float = 10
) -> Command:
    return Command(inject, heal, (said if said is not None else []).append, timeout_s)


def test_its_output_is_shown_whether_it_succeeds_or_not() -> None:
    said: list[str] = []
    command("echo out; echo err >&2", said=said).inject()
    with pytest.raises(
        TargetError, match=r"The command of --inject ended with 3, it must end with 0: echo no"
    ):
        command("echo no; exit 3", said=said).inject()
    assert said == ["out\nerr", "no"]


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"did not end within 0\.1 s and was killed: sleep 60"):
        command(f"sleep 60 && touch {tmp_path}/survived", timeout_s=0.1).inject()
    assert not list(tmp_path.iterdir())


def test_a_server_that_it_leaves_running_does_not_hold_it_up() -> None:
    command("sleep 2 &", timeout_s=1).inject()


def test_it_is_healed_once_after_it_was_injected_even_half(tmp_path: Path) -> None:
    fault = command("exit 1", f"echo healed >>{tmp_path}/healed")
    fault.heal()
    assert not list(tmp_path.iterdir())
    with pytest.raises(TargetError):
        fault.inject()
    fault.heal()
    fault.heal()
    assert (tmp_path / "healed").read_text() == "healed\n"
