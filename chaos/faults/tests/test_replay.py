"""A history gives back the schedule that it followed."""

from hypothesis import given
from hypothesis import strategies as st

from chaos.events import Event, FaultMark, Run, Sample
from chaos.faults.plan import Plan, Step, random_plan
from chaos.faults.replay import plan_of

SEEDS = st.integers(0, 2**32)
RUN = Run("r", "soak", "kind", ("postgres-0", "postgres-1", "postgres-2"), 1, "v", "2026-01-01T00:00:00", 0.0)


def history(plan: Plan, began: float) -> list[Event]:
    marks = [FaultMark(s.kind, "inject", began + s.after_s, s.on) for s in plan.steps]
    marks += [FaultMark(s.kind, "heal", began + s.ends_s, s.on) for s in plan.steps]
    return [RUN, *sorted(marks, key=lambda mark: mark.at)]


def sample(at: float, member: str) -> Sample:
    return Sample(member, at, 0.01, "primary")


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
