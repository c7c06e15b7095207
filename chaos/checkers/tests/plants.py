"""One broken promise each, planted in the history of a system that kept them all."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TypeVar

from chaos.checkers.tests.system import MEMBERS
from chaos.events import Budget, Event, Eviction, FaultMark, Health, Operation, Present, Read, Run, Sample

__all__ = ["PLANTS"]

Events = list[Event]
Plant = Callable[[Random, Events], None]
"""Changes the list in place."""
PLANTS: dict[Plant, set[str]] = {}
"""Each with the checkers that must find it, and no others."""
T = TypeVar("T")


def of(events: Events, kind: type[T]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def found_by(*checkers: str) -> Callable[[Plant], Plant]:
    def add(plant: Plant) -> Plant:
        PLANTS[plant] = set(checkers)
        return plant

    return add


def change(events: Events, old: Event, new: Event) -> None:
    events[next(number for number, event in enumerate(events) if event is old)] = new


def bound(events: Events, **bounds: float) -> None:
    [run] = of(events, Run)
    change(events, run, replace(run, bounds=run.bounds | bounds))


def forget(events: Events, value: str, *members: str) -> None:
    for part in of(events, Present):
        if part.member in members:
            change(events, part, replace(part, values=tuple(v for v in part.values if v != value)))


def store(events: Events, value: str, *members: str) -> None:
    for part in of(events, Present):
        if part.member in members and part.of == "ledger" and part.last:
            change(events, part, replace(part, values=(*part.values, value)))


def unread(rng: Random, events: Events) -> Operation:
    """Return an acknowledged write that no read was shown."""
    shown = {read.value for read in of(events, Read)}
    return rng.choice([op for op in of(events, Operation) if op.outcome == "ok" and op.value not in shown])


def deposed(events: Events) -> tuple[str, float]:
    """Return who was deposed first, and when its successor was seen."""
    primaries = [s for s in of(events, Sample) if s.role == "primary"]
    first = primaries[0]
    return first.member, next(s.at for s in primaries if s.timeline > first.timeline)


@found_by("lost", "convergence")
def an_acknowledged_row_is_missing_on_one_standby(rng: Random, events: Events) -> None:
    newest = [s for s in of(events, Sample) if s.role == "primary"][-1].member
    standby = rng.choice([member for member in MEMBERS if member != newest])
    forget(events, unread(rng, events).value, standby)


@found_by("lost", "outside-newest-history")
def an_acknowledged_row_is_gone_everywhere(rng: Random, events: Events) -> None:
    forget(events, unread(rng, events).value, *MEMBERS)


@found_by("shown-then-lost")
def a_row_nobody_acknowledged_was_shown_and_is_gone(rng: Random, events: Events) -> None:
    at = events[-1].at - 20  # type: ignore[union-attr]
    events.insert(1, Operation("pgpool", "seen", at, at, at + 1, "unknown"))
    events.insert(2, Read("pgpool-read", "seen", at, at, at + 0.1, "ok", found=True))


@found_by("duplicated")
def a_row_is_there_twice(rng: Random, events: Events) -> None:
    store(events, rng.choice(next(p for p in of(events, Present) if p.of == "ledger").values), *MEMBERS)


@found_by("unexpected")
def a_row_comes_from_nowhere(rng: Random, events: Events) -> None:
    store(events, "ghost", *MEMBERS)


@found_by("unexpected")
def a_write_that_surely_failed_is_stored(rng: Random, events: Events) -> None:
    failed = [op for op in of(events, Operation) if op.outcome == "fail" and op.workload != "todos"]
    store(events, rng.choice(failed).value, *MEMBERS)


@found_by("lost", "outside-newest-history", "deposed-answer")
def the_old_primary_acknowledges_on(rng: Random, events: Events) -> None:
    old, promoted = deposed(events)
    at = promoted + 1.1
    events.append(Operation("pgpool", "split", at, at, at + 0.01, "ok", server=old))


@found_by("deposed-answer")
def the_old_primary_goes_on_as_one(rng: Random, events: Events) -> None:
    old, promoted = deposed(events)
    events.append(Sample(old, promoted + 1.01, 0.01, "primary", 1))


@found_by("deposed-answer")
def the_old_primary_answers_reads(rng: Random, events: Events) -> None:
    old, promoted = deposed(events)
    for sample in of(events, Sample):
        if sample.member == old and promoted <= sample.at < promoted + 1.3:
            change(events, sample, replace(sample, role="silent"))
    at = promoted + 1.1
    events.append(Read("pgpool-read", "any", at, at, at + 0.01, "ok", server=old))


@found_by("stale-read")
def a_session_does_not_see_what_it_wrote(rng: Random, events: Events) -> None:
    op = rng.choice([op for op in of(events, Operation) if op.outcome == "ok" and op.session])
    workload = "todos-read" if op.workload == "todos" else "pgpool-read"
    times = (op.completed, op.completed, op.completed + 0.01)
    events.append(Read(workload, op.value, *times, "ok", session=op.session, found=False, fresh=True))


@found_by("non-monotonic-read")
def a_session_sees_something_and_then_no_more(rng: Random, events: Events) -> None:
    op = rng.choice([op for op in of(events, Operation) if op.outcome == "ok" and op.workload == "pgpool"])
    for after, shown in ((0.1, True), (0.2, False)):
        at = op.completed + after
        events.append(
            Read("pgpool-read", op.value, at, at, at + 0.01, "ok", "", "", "other", shown, fresh=True)
        )


@found_by("write-gap")
def writers_wait_longer_than_promised(rng: Random, events: Events) -> None:
    bound(events, write_gap=0.4)


@found_by("write-gap")
def writers_of_one_workload_are_never_served_again(rng: Random, events: Events) -> None:
    fault = of(events, FaultMark)[0].at
    for op in of(events, Operation):
        if op.workload == "pgpool" and op.outcome == "ok" and op.completed > fault:
            change(events, op, replace(op, outcome="unknown"))


@found_by("read-gap")
def readers_wait_longer_than_promised(rng: Random, events: Events) -> None:
    bound(events, read_gap=0.4)


@found_by("redundancy")
def redundancy_comes_late(rng: Random, events: Events) -> None:
    last = of(events, FaultMark)[-1]
    healthy = next(h.at for h in of(events, Health) if not h.troubles and h.at > last.at)
    bound(events, redundancy=healthy - last.at - 0.1)


@found_by("budget")
def the_budget_counts_no_pods(rng: Random, events: Events) -> None:
    look = rng.choice(of(events, Budget))
    change(events, look, replace(look, expected=0))


@found_by("budget")
def the_budget_is_undercut_while_nothing_is_broken(rng: Random, events: Events) -> None:
    look = of(events, Budget)[0]
    change(events, look, replace(look, current=1))


@found_by("eviction")
def an_eviction_too_many_is_allowed(rng: Random, events: Events) -> None:
    for asked in of(events, Eviction):
        change(events, asked, replace(asked, ready=2, status=201))


@found_by("convergence")
def one_member_has_a_row_more(rng: Random, events: Events) -> None:
    at = events[-1].at - 20  # type: ignore[union-attr]
    events.insert(1, Operation("pgpool", "more", at, at, at + 1, "unknown"))
    store(events, "more", rng.choice(MEMBERS))


@found_by("health")
def it_does_not_get_well(rng: Random, events: Events) -> None:
    events.append(Health(events[-1].at, ("postgres-1 is not streaming",)))  # type: ignore[union-attr]
