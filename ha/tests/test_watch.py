from __future__ import annotations

import time

import pytest

from ha.node.facts import NodeStatus
from ha.node.peers import Gone
from ha.node.watch import Watcher
from ha.settings import Member
from ha.tests.test_joining import SETTINGS
from ha.vote.epoch import Epoch

EPOCH = Epoch(5)
PRIMARY = SETTINGS.member("postgres-2")
WELL = NodeStatus("postgres-2", "primary", leads=EPOCH, confirming=1)


def watcher(noticed: list[str]) -> Watcher:
    def whom() -> tuple[Member, Epoch]:
        return PRIMARY, EPOCH

    return Watcher(1, whom, lambda: True, lambda: noticed.append("noticed"))


@pytest.mark.parametrize(
    ("answer", "assured"),
    [
        pytest.param(None, EPOCH, id="one lost answer is no silence"),
        pytest.param(Gone(), None, id="nobody listens: its PostgreSQL has ended with its agent"),
        pytest.param(NodeStatus("postgres-2", "stopped"), None, id="it says so itself"),
    ],
)
def test_an_assurance_ends_at_once_only_by_a_sign(answer: NodeStatus | Gone | None, assured: Epoch) -> None:
    noticed: list[str] = []
    eye = watcher(noticed)
    eye.heard(PRIMARY, WELL, time.monotonic())
    assert (eye.assured, noticed) == (EPOCH, [])
    eye.heard(PRIMARY, answer, time.monotonic())
    assert (eye.assured, noticed) == (assured, ["noticed"])
