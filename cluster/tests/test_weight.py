"""The nodes' share of the processors."""

from pathlib import Path

import pytest

from cluster.weight import raise_weights


@pytest.mark.parametrize(
    ("before", "after"), [("1024\n", "16384"), ("262144\n", "262144\n"), ("max\n", "max\n")]
)
def test_a_weight_is_raised_and_never_lowered(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "cpu.shares"
    file.write_text(before)
    assert raise_weights({file: 16384}) == ([file] if before != after else [])
    assert file.read_text() == after


def test_a_machine_without_such_a_group_is_left_alone(tmp_path: Path) -> None:
    assert raise_weights({tmp_path / "nowhere" / "cpu.shares": 16384}) == []
