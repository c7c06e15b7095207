import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.checkers.judge import CHECKERS, judge
from chaos.checkers.tests.plants import PLANTS, Plant
from chaos.checkers.tests.system import good

RANDOMS = st.integers(0, 10_000).map(Random)


@settings(max_examples=50, deadline=None)
@given(RANDOMS, st.integers(0, 3))
def test_a_system_that_keeps_its_promises_passes(rng: Random, failovers: int) -> None:
    verdict = judge(good(rng, failovers))
    assert verdict.invalid_because == ()
    assert verdict.findings == ()
    assert verdict.passed


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@settings(max_examples=10, deadline=None)
@given(RANDOMS, st.integers(1, 3))
def test_a_broken_promise_is_found_by_its_checkers_alone(plant: Plant, rng: Random, failovers: int) -> None:
    events = good(rng, failovers)
    plant(rng, events)
    verdict = judge(events)
    assert verdict.invalid_because == ()
    assert {found.checker for found in verdict.findings} == PLANTS[plant]


def test_every_checker_finds_one_of_them() -> None:
    assert set().union(*PLANTS.values()) == set(CHECKERS)


@settings(max_examples=20, deadline=None)
@given(RANDOMS)
def test_a_verdict_is_valid_json(rng: Random) -> None:
    events = good(rng, 1)
    next(plant for plant in PLANTS if "never_served" in plant.__name__)(rng, events)
    verdict = judge(events)
    said = json.loads(json.dumps(verdict.to_json(), allow_nan=False))
    assert verdict.figures["write_gap.pgpool"] == float("inf")
    assert said["figures"]["write_gap.pgpool"] is None
    assert said["findings"][0]["checker"] == "write-gap"
