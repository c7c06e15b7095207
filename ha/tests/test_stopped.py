"""A node whose PostgreSQL ends as soon as it is started."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ha.node import stopped
from ha.node.around import Once
from ha.node.start import LocalData
from ha.node.stopped import HOPELESS, Stopped
from ha.node.voter import seat_of
from ha.tests.test_joining import LEADER, MINE, SETTINGS


def played(monkeypatch: pytest.MonkeyPatch, ticks: int, leader: bool, refused: int = 0) -> list[str]:
    """What was done in so many ticks. refused: how often it could not follow yet."""
    monkeypatch.setattr(stopped, "pause_s", lambda deaths: 0.0)
    done: list[str] = []
    agent = SimpleNamespace(
        settings=SETTINGS,
        ending=SimpleNamespace(is_set=lambda: False),
        peers=SimpleNamespace(ask=lambda: {"postgres-2": LEADER} if leader else {}),
        server=SimpleNamespace(forget=lambda: 1 if done else None, running=False),
        volume=SimpleNamespace(whole=True, empty=False, inspect=lambda: LocalData(present=True)),
        voter=SimpleNamespace(seat=seat_of(SETTINGS), memory=MINE, alone=nullcontext, handing_over=False),
        actions=SimpleNamespace(
            ended=lambda: None,
            start=lambda decision: done.append("start"),
            sampler=SimpleNamespace(idle=lambda *_: None),
        ),
    )

    def follow(*_: object) -> bool:
        done.append("clone")
        return done.count("clone") > refused

    joining = SimpleNamespace(follow=follow)
    node = Stopped(cast(Any, agent), cast(Any, joining), Once())
    for _ in range(ticks):
        node.tick()
    return done


def test_data_that_postgres_refuses_is_cloned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done = played(monkeypatch, 4 * HOPELESS, leader=True)
    assert done.index("clone") == HOPELESS
    assert done.count("clone") == 1


def test_a_clone_that_could_not_be_made_yet_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, 4 * HOPELESS, leader=True, refused=2).count("clone") == 3


def test_without_a_primary_it_is_kept_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, 4 * HOPELESS, leader=False) == ["start"] * 4 * HOPELESS
