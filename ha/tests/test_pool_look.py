"""What is remembered from look to look, and what a server's row says about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ha.names import Looked
from ha.pool.look import Memory, recall
from ha.pool.truth import Truth, read_node
from ha.settings import Secrets, Settings
from ha.sql import Silence, Talk
from ha.tests.test_pool_reconcile import view

AT = {"postgres-0": "10.0.0.1", "postgres-1": "10.0.0.2"}
SEEN = Memory(None, dict(AT))
RAW = {"cluster": "c", "members": [f"postgres-{i}.x" for i in range(3)], "pools": "p", "sync_standbys": 1}
SETTINGS = Settings.parse(
    RAW | {"port": 5432, "agent_port": 1, "postgres": {}, "timing": {}, "pgpool": {}}, Secrets(), ""
)


@pytest.mark.parametrize(
    ("before", "seen", "expected"),
    [
        (Memory(), "p s", Memory(None, AT)),
        (Memory(None, {"postgres-0": "10.0.0.9"}), "p s", Memory(None, AT | {"postgres-0": "10.0.0.9"})),
        (Memory(None, {"postgres-1": "10.0.0.9"}), "p d", Memory(None, {"postgres-0": "10.0.0.1"})),
        (SEEN, "s s", Memory(100, AT)),
        (Memory(90, AT), "s s", Memory(90, AT)),
        (Memory(90, AT), "p s", SEEN),
        (Memory(90, AT), "-", Memory(90, AT)),
    ],
)
def test_addresses_are_those_of_the_attachment_and_searches_are_timed(
    before: Memory, seen: str, expected: Memory
) -> None:
    assert recall(before, view(seen), AT, 100) == expected


def row(**change: Any) -> tuple[Any, ...]:
    """What postgres-0, a primary of epoch 5, answers, with changes."""
    known = {"who": "postgres-0", "epoch": "5", "in_recovery": False, "timeline": 2, "streaming": False}
    return tuple((known | {"replicas": ["postgres-1"]} | change).values())


@pytest.mark.parametrize(("text", "epoch"), [("5", 5), ("0", 0), ("-1", -1), ("", -1), ("²", -1), ("x", -1)])
def test_an_epoch_is_a_number_or_unknown(text: str, epoch: int) -> None:
    node = read_node("postgres-0", row(epoch=text))
    assert (node.epoch, node.timeline, node.is_primary, node.replicas) == (epoch, 2, True, ("postgres-1",))


def test_an_address_that_became_somebody_elses_does_not_speak_for_its_former_owner() -> None:
    assert read_node("postgres-0", row(who="postgres-2")).error == "its address answers as postgres-2"


class Addresses:
    """Everybody has one."""

    def of(self, name: str) -> Looked:
        return Looked(f"10.0.0.{name[-1]}")


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Truth]:
    """A Truth whose servers answer after so many seconds, by name; None never."""

    def make(delays: dict[str, float | None]) -> Truth:
        def ask(self: Talk, _: str, *, within_s: float, host: str, **__: Any) -> tuple[Any, ...]:
            name = host.split(".")[0]
            delay = delays[name]
            time.sleep(within_s if delay is None else delay)
            if delay is None:
                raise Silence("no answer in time")
            return row(who=name)

        monkeypatch.setattr(Talk, "ask", ask)
        return Truth(SETTINGS, Addresses())  # type: ignore[arg-type]

    return make


def test_who_was_silent_once_delays_no_further_look(look: Callable[..., Truth]) -> None:
    delays: dict[str, float | None] = {"postgres-0": 0, "postgres-1": 0, "postgres-2": None}
    asked = look(delays)
    times = []
    for _ in range(3):
        began = time.monotonic()
        assert [bool(node.error) for node in asked.look()] == [False, False, True]
        times.append(time.monotonic() - began)
    assert times[0] > 0.9
    assert max(times[1:]) < 0.9
    asked.close()


def test_one_that_became_slow_is_waited_for_again(look: Callable[..., Truth]) -> None:
    delays: dict[str, float | None] = {"postgres-0": 0, "postgres-1": 0, "postgres-2": None}
    asked = look(delays)
    asked.look()
    delays["postgres-2"] = 0.4
    asked.look()
    time.sleep(0.5)
    assert not any(node.error for node in asked.look())
    asked.close()
