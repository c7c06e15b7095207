"""Promises that need nothing but their experiment: break, heal, and let the checkers judge what was recorded."""

from collections.abc import Iterable

import pytest

from chaos.experiment import load, names
from chaos.run import recover
from chaos.targets.kind import KindTarget
from e2e.conftest import Recorded
from e2e.platform import primary

IN_CI = {
    "node-cut",
    "node-killed",
    "postmaster-killed",
    "postmaster-paused",
    "primary-cut-from-standbys",
    "standby-lost",
}
"""With test_failover and test_drain the eight most telling ones; the others run with -m full."""
ELSEWHERE = {"pod-lost", "drain", "command"}
"""test_failover, test_drain; `command` is for other databases."""
NOBODY_SUCCEEDS = {
    "api-server-stopped",
    "candidate-cut-from-primary",
    "candidate-deaf-to-primary",
    "candidate-unheard-by-primary",
    "dns-stopped",
    "node-busy",
    "nodes-busy",
    "pgpool-killed",
    "pgpool-lost",
    "pgpool-paused",
    "primary-cut-from-one-standby",
    "quiet",
    "quiet-hour",
    "standby-lost",
    "standbys-restarted",
}
"""Whoever is primary stays it: a promotion would be a false one. Not where both standbys' pods are gone: a primary that
nobody hears may end itself (design.md, fence), and whoever leads next comes from a vote."""

ANOTHER_NODE = pytest.mark.only_on("kind")
"""What breaks a node must leave one."""
ONE_NODE_WILL_DO = {"standby-lost"}


def cases(wanted: Iterable[str]) -> list[object]:
    return [pytest.param(name, marks=marks(name)) for name in sorted(set(wanted) - ELSEWHERE)]


def marks(name: str) -> list[pytest.MarkDecorator]:
    full = [] if name in IN_CI else [pytest.mark.full]
    return full if name in ONE_NODE_WILL_DO else [*full, ANOTHER_NODE]


def played(recorded: Recorded, name: str) -> None:
    experiment = load(name)
    with recorded(name) as live:
        live.hold(experiment.steady_s)
        if experiment.faults:
            live.play(experiment.faults)
            recover(live, experiment)


@pytest.mark.parametrize("name", cases(set(names()) - NOBODY_SUCCEEDS))
def test_the_promise_is_kept(recorded: Recorded, name: str) -> None:
    played(recorded, name)


@pytest.mark.parametrize("name", cases(NOBODY_SUCCEEDS))
def test_the_promise_is_kept_and_nobody_is_promoted(
    target: KindTarget, recorded: Recorded, name: str
) -> None:
    before = primary(target)
    played(recorded, name)
    after = primary(target)
    assert (after.name, after.timeline) == (before.name, before.timeline)
