"""Schedules: the same seed the same faults, and never too many at once."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.faults.kinds import AIMS, KINDS
from chaos.faults.plan import HOLD_S, PAUSE_S, Plan, Step, random_plan, single_plan
from chaos.faults.plan_rules import ROLES, clash, ends

SEEDS = st.integers(0, 2**32)


@given(SEEDS, st.integers(0, 100))
def test_the_same_seed_gives_the_same_plan(seed: int, number: int) -> None:
    assert random_plan(seed, number, batches=3) == random_plan(seed, number, batches=3)


def test_rounds_of_a_seed_differ() -> None:
    assert len({random_plan(1, number) for number in range(50)}) > 45


def test_a_plan_of_a_seed_is_the_same_for_ever() -> None:
    assert random_plan(7, kinds=("pod-lost", "node-cut"), at_once=1) == Plan(
        (Step(0.0, 0.0, "pod-lost", "primary"),)
    )


@given(SEEDS, st.integers(1, 3), st.integers(1, 4))
def test_never_more_at_once_than_asked_for(seed: int, at_once: int, batches: int) -> None:
    assert 1 <= random_plan(seed, at_once=at_once, batches=batches).at_once <= at_once


@given(SEEDS)
def test_holds_and_pauses_are_bounded(seed: int) -> None:
    plan = random_plan(seed, batches=3)
    assert all(
        step.hold_s == 0 if KINDS[step.kind].heals_itself else HOLD_S[0] <= step.hold_s <= HOLD_S[1]
        for step in plan.steps
    )
    assert plan.length_s <= 3 * (HOLD_S[1] + 5.0) + 2 * PAUSE_S[1] + 0.1


@given(SEEDS)
def test_faults_are_in_order_and_the_first_is_at_once(seed: int) -> None:
    times = [step.after_s for step in random_plan(seed, batches=3).steps]
    assert (times[0], times) == (0.0, sorted(times))


@given(SEEDS)
def test_faults_of_a_batch_go_together(seed: int) -> None:
    steps = random_plan(seed).steps
    assert not any(clash((a.kind, a.on), (b.kind, b.on)) for i, a in enumerate(steps) for b in steps[:i])


@given(SEEDS)
def test_only_chosen_kinds_and_roles_that_fit(seed: int) -> None:
    steps = random_plan(seed, kinds=("node-cut", "link-cut"), batches=2).steps
    assert all(
        step.kind in ("node-cut", "link-cut") and step.on in ROLES[KINDS[step.kind].aims_at] for step in steps
    )


@given(SEEDS)
def test_whoever_is_aimed_at_is_found_before_the_api_server_stops(seed: int) -> None:
    kinds = [
        step.kind
        for step in random_plan(seed, kinds=("api-server-stopped", "agent-paused", "dns-stopped")).steps
    ]
    assert kinds.count("api-server-stopped") == 0 or kinds[-1] == "api-server-stopped"


@given(SEEDS)
def test_every_kind_comes_as_often_as_the_others_one_at_a_time(seed: int) -> None:
    plans = [single_plan(seed, number) for number in range(1, 2 * len(KINDS) + 1)]
    assert {len(plan.steps) for plan in plans} == {1}
    assert Counter(plan.steps[0].kind for plan in plans) == dict.fromkeys(KINDS, 2)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no fault meteor; there are postmaster-killed, "):
        random_plan(1, kinds=("meteor",))


@pytest.mark.parametrize(
    ("one", "other", "clashing"),
    [
        (("node-killed", "primary"), ("postmaster-killed", "primary"), True),
        (("node-killed", "primary"), ("postmaster-killed", "standby"), False),
        (("node-paused", "standby"), ("link-cut", "primary<>standbys"), True),
        (("node-paused", "standby"), ("pgpool-killed", "pgpool-a"), True),
        (("node-drained", "primary"), ("node-cut", "standby"), True),
        (("node-cut", "primary"), ("agent-paused", "primary"), False),
        (("node-cut", "primary"), ("node-cut", "primary"), True),
        (("api-server-stopped", "cluster"), ("node-drained", "primary"), True),
        (("api-server-stopped", "cluster"), ("postgres-paused", "primary"), False),
    ],
)
def test_what_goes_together(one: tuple[str, str], other: tuple[str, str], clashing: bool) -> None:
    assert (clash(one, other), clash(other, one)) == (clashing, clashing)


def test_the_ends_of_a_link() -> None:
    assert ends("primary<>standbys") == {"primary", "standby", "other-standby"}


def test_every_kind_has_a_summary_and_an_aim_with_roles() -> None:
    assert all(kind.name == name and kind.summary and kind.aims_at in AIMS for name, kind in KINDS.items())
    assert set(ROLES) == set(AIMS)
