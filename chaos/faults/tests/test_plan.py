"""Schedules: the same seed the same faults, never too many at once, and back from a history."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.events import Event, FaultMark, Run, Sample
from chaos.faults.kinds import AIMS, KINDS
from chaos.faults.plan import HOLD_S, PAUSE_S, Plan, Step, plan_of, random_plan, single_plan
from chaos.faults.plan_rules import ROLES, clash, ends

SEEDS = st.integers(0, 2**32)
RUN = Run("r", "soak", "kind", ("postgres-0", "postgres-1", "postgres-2"), 1, "v", "2026-01-01T00:00:00", 0.0)


def history(plan: Plan, began: float) -> list[Event]:
    marks = [FaultMark(s.kind, "inject", began + s.after_s, s.on) for s in plan.steps]
    marks += [FaultMark(s.kind, "heal", began + s.ends_s, s.on) for s in plan.steps]
    return [RUN, *sorted(marks, key=lambda mark: mark.at)]


def sample(at: float, member: str) -> Sample:
    return Sample(member, at, 0.01, "primary")


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


@given(SEEDS, st.floats(0, 1e6))
def test_a_history_gives_its_plan_back(seed: int, began: float) -> None:
    plan = random_plan(seed, batches=3)
    assert plan_of(history(plan, began)) == plan


def test_names_become_what_they_were() -> None:
    events: list[Event] = [
        RUN,
        sample(0.5, "postgres-0"),
        sample(1.0, "postgres-1"),
        FaultMark("postmaster-killed", "inject", 2.0, "postgres-1"),
        FaultMark("link-cut", "inject", 3.0, "postgres-1<>postgres-2"),
        sample(3.5, "postgres-2"),
        FaultMark("node-cut", "inject", 4.0, "worker2"),
        FaultMark("pgpool-killed", "inject", 5.0, "pgpool-6f5-x"),
        FaultMark("todo-pod-lost", "inject", 6.0, "todo-79-x"),
    ]
    replayed = [step.on for step in plan_of(events, homes={"worker2": "postgres-0"}).steps]
    assert replayed == ["primary", "primary<>other-standby", "standby", "pgpool-a", "cluster"]


def test_names_stay_when_nobody_knows_the_roles_or_nobody_asks() -> None:
    mark = FaultMark("postmaster-killed", "inject", 2.0, "postgres-1")
    assert plan_of([RUN, mark]).steps[0].on == "postgres-1"
    assert plan_of([RUN, sample(1.0, "postgres-1"), mark], roles=False).steps[0].on == "postgres-1"


def test_a_fault_that_was_never_healed_is_held_for_nothing() -> None:
    assert plan_of([RUN, FaultMark("node-cut", "inject", 9.0, "w")]).steps == (
        Step(0.0, 0.0, "node-cut", "w"),
    )


def test_a_history_without_faults_is_an_empty_plan() -> None:
    assert (plan_of([RUN]), plan_of([]).length_s, plan_of([]).at_once) == (Plan(()), 0.0, 0)


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
