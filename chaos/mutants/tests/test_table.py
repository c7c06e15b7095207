from __future__ import annotations

from dataclasses import replace

import pytest

from chaos.faults.kinds import KINDS
from chaos.mutants.deploy import told_wrong
from chaos.mutants.table import MUTANTS, Mutant, experiment_of

EVERY = pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
GAPS = {
    "write-gap": "write_gap",
    "read-gap": "read_gap",
    "deposed-answer": "deposed",
    "redundancy": "redundancy",
}


@EVERY
def test_an_experiment_breaks_something_the_target_can_break(mutant: Mutant) -> None:
    experiment = experiment_of(mutant)
    assert experiment.faults
    assert {step.kind for step in experiment.faults} <= KINDS.keys()


@EVERY
def test_a_checker_of_gaps_is_given_a_bound(mutant: Mutant) -> None:
    bound = GAPS.get(mutant.red)
    assert bound is None or bound in experiment_of(mutant).bounds


def test_ci_has_time_for_three() -> None:
    assert len([mutant for mutant in MUTANTS.values() if mutant.ci]) == 3


def test_a_checker_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="async: loss is no checker, there are lost, "):
        replace(MUTANTS["async"], red="loss")


STATUS = {
    "healthy": True,
    "nodes": [{"name": "postgres-0", "failpoints": {"gate-open": True}}, {"name": "postgres-1"}],
    "pools": [{"name": "pgpool-a", "failpoints": {}}],
}


@pytest.mark.parametrize(
    ("components", "expected", "says"),
    [
        (
            {"postgres"},
            {"gate-open": True},
            "postgres-1 runs with the failpoints none, not {'gate-open': True}",
        ),
        ({"postgres"}, {}, "postgres-0 runs with the failpoints {'gate-open': True}, not none"),
        ({"pgpool"}, {}, ""),
        ({"pgpool"}, {"reconciler-off": True}, "pgpool-a runs with the failpoints none"),
        (set(), {"gate-open": True}, ""),
    ],
)
def test_an_agent_that_was_told_something_else_is_named(
    components: set[str], expected: dict[str, bool], says: str
) -> None:
    assert told_wrong(STATUS, components, expected).startswith(says)
    assert bool(told_wrong(STATUS, components, expected)) == bool(says)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({}, "`ha status` does not answer"),
        ({**STATUS, "healthy": False, "why": ["no primary"]}, "no primary"),
    ],
)
def test_what_is_not_healthy_is_wrong_whatever_runs(status: dict[str, object], says: str) -> None:
    assert told_wrong(status, set(), {}) == says
