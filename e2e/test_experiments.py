"""Promises that need nothing but their experiment: break, heal, and let the checkers judge what was recorded."""

import pytest

from chaos.experiment import load
from chaos.run import recover
from e2e.conftest import Recorded


@pytest.mark.parametrize("name", ["standby-lost", "node-killed", "node-cut"])
def test_the_promise_is_kept(recorded: Recorded, name: str) -> None:
    experiment = load(name)
    with recorded(name) as live:
        live.hold(experiment.steady_s)
        live.play(experiment.faults)
        recover(live, experiment)
