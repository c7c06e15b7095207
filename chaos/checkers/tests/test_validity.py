from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from chaos.checkers.generator import LATE_S
from chaos.checkers.judge import Verdict, judge
from chaos.checkers.tests.plants import bound, of
from chaos.checkers.tests.system import good
from chaos.events import Budget, Event, FaultMark, Health, Operation, Present, Read, Run, Sample

Events = list[Event]


def without(*kinds: type[Event]) -> Callable[[Events], Events]:
    return lambda events: [event for event in events if not isinstance(event, kinds)]


def changed(kind: type[Event], **fields: object) -> Callable[[Events], Events]:
    return lambda events: [replace(e, **fields) if isinstance(e, kind) else e for e in events]  # type: ignore[arg-type]


def late(events: Events) -> Events:
    return [
        replace(e, intended=e.intended - LATE_S) if isinstance(e, Operation | Read) else e for e in events
    ]


def served_only_after_the_fault(events: Events) -> Events:
    inject = of(events, FaultMark)[0].at
    early = [e for e in of(events, Operation) if e.workload == "todos" and e.completed <= inject]
    return [replace(e, outcome="unknown") if isinstance(e, Operation) and e in early else e for e in events]


def bounded(**bounds: float) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        bound(events, **bounds)
        return events

    return change


def one_part_lost(events: Events) -> Events:
    last = [part for part in of(events, Present) if part.last][-1]
    return [event for event in events if event is not last]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without(Run), "No line tells which run it is"),
        (lambda events: [*events, of(events, Run)[0]], "It holds 2 runs"),
        (changed(Run, members=()), "Its run has no members"),
        (lambda events: [*events, of(events, Operation)[0]], "was written by two operations"),
        (without(Present), "What postgres-0 holds of ledger was not read back to its end"),
        (one_part_lost, "What postgres-2 holds of todos was not read back to its end"),
        (changed(Present, at=101.0), "was read back while clients still wrote"),
        (lambda events: events[: len(events) // 2], "was not read back to its end"),
        (without(Operation), "Nobody wrote anything"),
        (changed(Read, outcome="fail"), "Nothing of pgpool-read was acknowledged at all"),
        (served_only_after_the_fault, "Nothing of todos was acknowledged before the fault"),
        (without(Read), "It bounds read_gap, and nobody read anything"),
        (bounded(**{"write_gap.direct": 5}), "It bounds write_gap of direct, of which there is nothing"),
        (
            bounded(**{"write_gap.pgpool-read": 5}),
            "It bounds write_gap of pgpool-read, of which there is nothing",
        ),
        (without(Sample), "Nobody was seen as primary"),
        (without(Budget), "Nobody looked at the disruption budget"),
        (without(Health), "Nobody looked whether it got well"),
        (changed(Health, at=101.0), "Nobody looked whether it got well"),
        (late, "The generator was late: 1 of 100 attempts began 0.060 s or more"),
    ],
)
def test_a_run_that_did_not_look_proves_nothing(change: Callable[[Events], Events], why: str) -> None:
    verdict: Verdict = judge(change(good(Random(1), 1)))
    assert not verdict.valid
    assert not verdict.passed
    assert why in " ".join(verdict.invalid_because)


def test_an_empty_history_proves_nothing() -> None:
    assert judge([]).invalid_because[0].startswith("No line tells which run it is")
    assert judge([]).to_json()["run"]["experiment"] == "unknown"


def test_a_punctual_generator_is_believed() -> None:
    verdict = judge(good(Random(1), 1))
    assert verdict.valid
    assert verdict.figures["lateness_p99"] <= 0.011
