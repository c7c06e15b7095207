"""Off unless ha.json names them and says that it means it; each switches off what it says and nothing else."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ha.failpoints import FAILPOINTS, OFF, Failpoints
from ha.node.config import render
from ha.pool.facts import Facts
from ha.pool.reconcile import History, remember
from ha.pool.reconcile import decide as reconcile
from ha.settings import Secrets, Settings, SettingsError
from ha.tests.test_pool_reconcile import nodes, view
from ha.tests.test_settings import RAW


def parse(failpoints: Any, enabled: Any = True) -> Settings:
    raw = {**RAW, "failpoints": failpoints, "failpoints_enabled": enabled}
    return Settings.parse(raw, Secrets(), me="postgres-1")


def test_nothing_is_active_unless_asked_for() -> None:
    assert Settings.parse(RAW, Secrets(), me="postgres-1").failpoints == OFF
    assert parse({}, enabled=False).failpoints == OFF
    assert not any(OFF.on(name) for name in FAILPOINTS)


@pytest.mark.parametrize(
    ("failpoints", "enabled", "says"),
    [
        ({"gate-open": True}, False, "failpoints_enabled is not true; leave failpoints out"),
        ({"gate-open": True}, "yes", "failpoints_enabled must be true or false, not 'yes'"),
        ({"gate": True}, True, "failpoints.gate is not a failpoint; there are gate-open, "),
        ({"gate-open": False}, True, "failpoints.gate-open must be true, not False"),
        ({"gate-open": 1}, True, "failpoints.gate-open must be true, not 1"),
        ({"hold-before-promote": True}, True, "must be more than 0 and at most 15 seconds, not True"),
        ({"hold-before-promote": 16}, True, "must be more than 0 and at most 15 seconds, not 16"),
        ({"hold-before-promote": 0}, True, "must be more than 0"),
        (["gate-open"], True, "failpoints must be an object"),
    ],
)
def test_a_wrong_failpoint_is_refused_with_a_sentence(failpoints: Any, enabled: Any, says: str) -> None:
    with pytest.raises(SettingsError, match=rf"ha\.json: .*{says}"):
        parse(failpoints, enabled)


def test_a_name_there_is_not_is_no_safety() -> None:
    with pytest.raises(KeyError):
        OFF.on("gate-opn")


def test_without_synchronous_replication_only_that_setting_changes(tmp_path: Path) -> None:
    texts = []
    for failpoints in ({}, {"sync-off": True}):
        render(replace(parse(failpoints), run=tmp_path))
        texts.append((tmp_path / "kube-flask.conf").read_text().splitlines())
    (changed,) = set(texts[1]) - set(texts[0])
    assert changed == "synchronous_standby_names = ''"


def test_an_agent_without_its_reconciler_does_nothing() -> None:
    facts = Facts(view("p s s"), nodes("S2 P2 S2"))
    since = remember({}, facts, 0)
    assert reconcile(facts, since, History(), 9).do == "detach"
    assert reconcile(facts, since, History(), 9, Failpoints({"reconciler-off": True})).do == "nothing"


def test_a_late_reconciler_does_the_same_later() -> None:
    facts = Facts(view("p s s"), nodes("S2 P2 S2"))
    since, late = remember({}, facts, 0), Failpoints({"reconciler-late": 20})
    assert [reconcile(facts, since, History(), at, late).do for at in (19.9, 20)] == ["nothing", "detach"]


def test_a_window_is_held_open_while_the_heart_beats() -> None:
    beats: list[float] = []
    began = time.monotonic()
    Failpoints({"hold-before-promote": 0.15}).hold(
        "hold-before-promote", lambda: beats.append(time.monotonic())
    )
    assert time.monotonic() - began >= 0.15
    assert beats


def test_no_window_is_held_by_default() -> None:
    beats: list[float] = []
    OFF.hold("hold-before-promote", lambda: beats.append(time.monotonic()))
    assert not beats


def test_the_log_begins_with_what_is_off(caplog: pytest.LogCaptureFixture) -> None:
    OFF.announce()
    assert not caplog.records
    parse({"gate-open": True}).failpoints.announce()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "gate-open = True is ACTIVE: node: every promotion is allowed" in record.getMessage()
