"""Each inequality at its edge: one step inside is taken, one step outside is refused with a sentence."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from ha.settings import Secrets
from ha.settings import Settings as AgentSettings
from synth.config import ha_json
from synth.load import UsageError, load
from synth.settings import SettingsError
from synth.timing import BASELINE, PROFILES, Timing

SAFE = [name for name in PROFILES if name != BASELINE]
EDGES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "the fence comes before the promotion": (
        {"child_nodes_disconnect_s": 2},
        {"child_nodes_disconnect_s": 3},
        "wal_sender_timeout_s",
        "lets a promotion overtake the fence: wal_sender_timeout_s + 1 + child_nodes_disconnect_s is 7 s and must "
        "be less than the earliest promotion, 7 s; lower these or raise reconnect_attempts",
    ),
    "one late report drops no standby": (
        {"wal_sender_timeout_s": 2},
        {"wal_sender_timeout_s": 1},
        "wal_sender_timeout_s",
        "is 1, and a standby reports every 1 s: one late report would drop it; choose 2 or more",
    ),
    "one standby cannot cancel every election": (
        {"primary_visibility_consensus": True},
        {"primary_visibility_consensus": True, "monitor_interval_s": 2},
        "primary_visibility_consensus",
        "lets one standby cancel every election: (reconnect_attempts - 1) * reconnect_interval_s is 2 s and must be "
        "at least 2 * monitor_interval_s, 4 s; raise reconnect_attempts or set it to false",
    ),
    "pgpool waits as long as repmgr": (
        {"reconnect_attempts": 4},
        {"reconnect_attempts": 5},
        "health_check_max_retries",
        "lets pgpool give up a primary after 3 s (health_check_period_s + health_check_max_retries * "
        "health_check_retry_delay_s), before repmgr does after 4 s; raise it",
    ),
}
"""Of the profile safe: what is still taken, what no longer is, whom the sentence names, and the sentence."""


@pytest.mark.parametrize("edge", EDGES)
def test_the_edge_is_taken(edge: str) -> None:
    timing = Timing(**EDGES[edge][0])
    assert not timing.unsafe


@pytest.mark.parametrize("edge", EDGES)
def test_a_step_further_is_refused_with_a_sentence(edge: str) -> None:
    _, beyond, setting, sentence = EDGES[edge]
    with pytest.raises(SettingsError) as caught:
        Timing(**beyond)
    assert (caught.value.setting, str(caught.value)) == (setting, sentence)


@pytest.mark.parametrize("edge", EDGES)
def test_it_can_be_measured_and_is_known_to_be_unsafe(edge: str) -> None:
    assert Timing(**EDGES[edge][1], allow_unsafe=True).unsafe


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reconnect_attempts": 0}, "is 0; choose 1 to 60"),
        ({"election_rerun_s": 0}, "is 0; choose 1 to 60 seconds"),
        ({"health_check_period_s": 0}, "is 0; choose 1 to 60 seconds"),
        ({"health_check_max_retries": -1}, "is -1; choose 0 to 60"),
        ({"pgpool_connect_timeout_ms": 1}, "is 1; choose 100 to 60000 milliseconds"),
    ],
)
def test_what_is_out_of_range_cannot_be_measured_either(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Timing(**given, allow_unsafe=True)
    assert (caught.value.setting, str(caught.value)) == (next(iter(given)), sentence)


@pytest.mark.parametrize("profile", SAFE)
def test_the_profiles_to_run_need_no_permission(profile: str) -> None:
    assert not load(sets=[f"timing={profile}"]).timing.unsafe


def test_the_safe_profile_is_what_nobody_asked_for() -> None:
    assert Timing() == load(sets=["timing=safe"]).timing


def test_the_old_charts_timings_need_a_permission() -> None:
    with pytest.raises(UsageError) as caught:
        load(sets=["timing=bitnami"])
    assert str(caught.value) == (
        "--set: timing.profile is bitnami, the old chart's timings, which are slow and break what fast and safe "
        "keep: choose one of these, or add --allow-unsafe-timing to measure a baseline"
    )


def test_the_baseline_stays_one_whatever_its_numbers() -> None:
    assert Timing(profile="bitnami", allow_unsafe=True).unsafe


def test_a_name_is_no_way_around_the_permission() -> None:
    numbers = [f"timing.{name}={value}" for name, value in PROFILES[BASELINE].items()]
    with pytest.raises(UsageError, match="lets a promotion overtake the fence"):
        load(sets=["timing=safe", *numbers])


def test_the_agents_are_told_every_number_of_the_baseline() -> None:
    settings = load("kind", sets=["timing=bitnami", "timing.allow_unsafe=true"])
    told = AgentSettings.parse(ha_json(settings), Secrets(), "postgres-0")
    numbers = asdict(told.timing) | asdict(told.pgpool)
    numbers |= {"pgpool_connect_timeout_ms": told.pgpool.connect_timeout_ms}
    assert {name: numbers[name] for name in PROFILES[BASELINE]} == PROFILES[BASELINE]
    assert told.timing.profile == BASELINE
    assert 0 < settings.timing.gap_bound_s < told.pgpool.search_primary_timeout_s


@pytest.mark.parametrize("on", [True, False])
def test_the_agents_are_told_of_repmgrs_second_opinion(on: bool) -> None:
    settings = load(sets=[f"timing.primary_visibility_consensus={str(on).lower()}"])
    told = AgentSettings.parse(ha_json(settings), Secrets(), "postgres-0")
    assert told.timing.primary_visibility_consensus is on
