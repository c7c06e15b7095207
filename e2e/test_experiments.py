"""Promises that need nothing but their experiment: break, heal, and let the checkers judge what was recorded."""

import pytest

from chaos.experiment import load
from chaos.run import recover
from e2e.conftest import Recorded

ANOTHER_NODE = pytest.mark.only_on("kind")
"""What breaks a node must leave one."""


@pytest.mark.parametrize(
    "name",
    [
        "standby-lost",
        pytest.param("node-killed", marks=ANOTHER_NODE),
        pytest.param("node-cut", marks=ANOTHER_NODE),
    ],
)
def test_the_promise_is_kept(recorded: Recorded, name: str) -> None:
    experiment = load(name)
    with recorded(name) as live:
        live.hold(experiment.steady_s)
        live.play(experiment.faults)
        recover(live, experiment)
