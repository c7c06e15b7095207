"""Made-up histories, for tests of the report only: one failover, or none, with what a run would record."""

import random
from collections.abc import Iterator

from chaos.events import (
    Attempt,
    Budget,
    Decision,
    Event,
    FaultMark,
    Health,
    Machine,
    Operation,
    PoolView,
    Present,
    Read,
    Run,
    Sample,
)

MEMBERS = ("postgres-0", "postgres-1", "postgres-2")
POOLS = ("pgpool-7d9c5b6f4-x2x5z", "pgpool-7d9c5b6f4-qq81k")
ORIGIN = 5000.0
LENGTH = 40.0
FAULT = 10.0
BACK = 11.0
"""Seconds after the fault at which the old primary streams again."""


def _attempt(rng: random.Random, at: float, gap: float, fault: float) -> tuple[str, float, str]:
    """Outcome, latency, error of a write that was meant for `at`."""
    normal = min(0.4, rng.lognormvariate(-3.9, 0.45))
    if not fault - normal <= at < fault + gap:
        return "ok", normal, ""
    left = fault + gap - at
    if at < fault + 0.05 and rng.random() < 0.6:
        return "unknown", rng.uniform(0.05, 1.0), "server closed the connection unexpectedly"
    if left < 1.0 and rng.random() < 0.7:
        return "ok", left + normal, ""
    if rng.random() < 0.5:
        return "fail", 1.0, "timed out"
    return "fail", normal, "connection refused"


def _writes(rng: random.Random, run: str, workload: str, rate: float, gap: float) -> Iterator[Operation]:
    for number in range(int(LENGTH * rate)):
        at = (number + rng.random() * 0.01) / rate
        outcome, latency, error = _attempt(rng, at, gap, FAULT)
        intended, sent = ORIGIN + at, ORIGIN + at + rng.expovariate(1000)
        yield Operation(
            workload,
            f"{run}-{workload}-{number}",
            intended,
            sent,
            max(sent, intended + latency),
            Attempt(outcome).outcome,  # type: ignore[arg-type]
            error,
        )


def _reads(rng: random.Random, run: str, workload: str, rate: float) -> Iterator[Read]:
    for number in range(int(LENGTH * rate)):
        at = number / rate
        outcome, latency, error = _attempt(rng, at, 0.6, FAULT)
        shown = outcome == "ok" and rng.random() > 0.01
        intended = ORIGIN + at
        value = f"{run}-pgpool-0"
        yield Read(workload, value, intended, intended, intended + latency / 2, outcome, error, found=shown)  # type: ignore[arg-type]


def _accounts(gap: float) -> Iterator[Event]:
    steps = int(LENGTH * 5)
    for step in range(steps):
        at = step / 5
        after = at - FAULT
        for number, member in enumerate(MEMBERS):
            when = ORIGIN + at + number * 0.01
            primary = number == 0 if after < 0 else number == 1 and after > gap - 0.3
            timeline = 4 if after < gap - 0.3 else 5
            if number == 0 and 0 <= after < BACK - 3:
                yield Sample(member, when, 0.2, "silent", error="connection refused")
                continue
            streaming = 2 if primary else int(after < 0 or after > (BACK if number == 0 else gap + 0.5))
            role = "primary" if primary else "standby"
            yield Sample(member, when, 0.004, role, timeline, int(at * 9000), timeline * 3, streaming)  # type: ignore[arg-type]
            if primary:
                sent = when + 0.001
                yield Operation(f"probe@{member}", f"p-{member}-{step}", when, sent, sent + 0.02, "ok")
        for pod in POOLS:
            primary_seen = MEMBERS[0] if after < 0.8 else None if after < gap - 0.2 else MEMBERS[1]
            roles = {m: "primary" if m == primary_seen else "standby" for m in MEMBERS}
            yield PoolView(pod, ORIGIN + at, dict.fromkeys(MEMBERS, "up"), roles)
        if step % 5 == 0:
            yield Machine(ORIGIN + at, 0.55, 0.01)
            yield Budget("postgres", ORIGIN + at, 3 if after < 0 or after > BACK else 2, 2, 1, 3)


def _decisions(gap: float) -> Iterator[Decision]:
    said = (
        (0.1, "postgres-1", "the primary's connection was reset: asking whether it is gone"),
        (0.12, "postgres-2", "the primary's connection was reset: asking whether it is gone"),
        (0.4, "postgres-1", "stands with epoch 15: 2 of 3 answered, nobody refused"),
        (0.41, "postgres-2", "grants epoch 15 to postgres-1 at 4/0/3000A28"),
        (gap - 0.6, "postgres-1", "leading epoch 15: promote"),
        (gap - 0.2, POOLS[0], "primary is postgres-1 by its own answer: promote in the pool"),
        (gap - 0.15, POOLS[1], "primary is postgres-1 by its own answer: promote in the pool"),
        (BACK - 3, "postgres-0", "was the primary, a newer one answers: rewind"),
        (BACK - 2.9, "postgres-0", "waits for its receiver"),
        (BACK - 2.4, "postgres-0", "waits for its receiver"),
    )
    return (Decision(source, ORIGIN + FAULT + after, text) for after, source, text in said)


def _written(event: Event) -> float:
    return event.completed if isinstance(event, Operation | Read) else event.at


def failover(
    seed: int,
    gap: float = 3.0,
    experiment: str = "primary-pod-lost",
    version: str = "a1b2c3d4",
    lost: int = 0,
    late: float = 0.0,
) -> list[Event]:
    """Return a history in which the primary is lost and a standby takes over; `lost` writes are gone after it."""
    rng = random.Random(seed)
    run = f"sim-{seed}"
    bounds = {"write_gap": 8.0, "read_gap": 8.0, "redundancy": 90.0}
    began = f"2026-11-24T0{seed % 10}:00:00+00:00"
    at = ORIGIN - late
    events: list[Event] = [
        Run(run, experiment, "kind", MEMBERS, 1, version, began, at, "fast", seed, bounds, 3),
        FaultMark("pod-lost", "inject", ORIGIN + FAULT, "postgres-0"),
        FaultMark("pod-lost", "heal", ORIGIN + FAULT + BACK + 2, "postgres-0"),
        *_writes(rng, run, "pgpool", 20, gap),
        *_writes(rng, run, "direct", 20, max(0.3, gap - 0.4)),
        *_writes(rng, run, "todos", 20, gap + 0.7),
        *_reads(rng, run, "pgpool-read", 10),
        *_accounts(gap),
        *_decisions(gap),
    ]
    events[1:] = sorted(events[1:], key=_written)
    end = ORIGIN + LENGTH + 5
    kept = [e.value for e in events if isinstance(e, Operation) and e.outcome == "ok"][lost:]
    for member in MEMBERS:
        yield_rows = tuple(value for value in kept if "todos" not in value)
        events.append(Present(member, "ledger", end, yield_rows, True))
        events.append(Present(member, "todos", end, tuple(v for v in kept if "todos" in v), True))
    events.append(Health(end, ()))
    return events
