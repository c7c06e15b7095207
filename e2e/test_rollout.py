"""Everything is restarted by a rollout: clients wait for a handover, and nothing acknowledged is lost."""

import pytest

from chaos.targets.kind import KindTarget
from chaos.targets.kind_health import WORKLOADS
from chaos.waiting import eventually
from e2e.conftest import Recorded
from e2e.kubectl import Kubectl

ROLLOUT_S = 600
"""Three nodes one after the other, each with a handover or a restart and the time it must stream before the next."""

pytestmark = [pytest.mark.full, pytest.mark.only_on("kind")]


def pods(target: KindTarget) -> set[str]:
    """Return who there is of all workloads, each by what no successor has."""
    return {pod.uid for _, name in WORKLOADS for pod in target.reach.kube.pods(name)}


def test_everything_is_restarted(target: KindTarget, kubectl: Kubectl, recorded: Recorded) -> None:
    before = pods(target)
    # A rollout is a drain of one node after the other, and promises as much.
    with recorded("drain") as live:
        for kind, name in WORKLOADS:
            kubectl("rollout", "restart", f"{kind}/{name}")
        eventually(lambda: pods(target) & before, lambda left: not left, within=ROLLOUT_S)
        live.wait_steady()
        assert live.wait_healthy() == []
