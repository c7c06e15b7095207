"""Small histories of anything whatever, in a world so narrow that everything meets everything."""

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

from chaos.events import (
    Budget,
    Event,
    Eviction,
    FaultMark,
    Health,
    Machine,
    Operation,
    Present,
    Read,
    Run,
    Sample,
)

MEMBERS = ("a", "b", "c")
VALUES = tuple(f"v{number}" for number in range(8))
BOUNDS = {
    "write_gap": (0.0, 2.0, 4.0),
    "write_gap.w": (1.0, 3.0),
    "read_gap": (0.0, 2.0, 4.0),
    "redundancy": (0.0, 2.0),
    "deposed": (0.0, 1.0, 3.0),
}


def run(rng: Random) -> Run:
    bounds = {name: rng.choice(some) for name, some in BOUNDS.items() if rng.random() < 0.7}
    members = rng.choice((MEMBERS, MEMBERS, MEMBERS[:2]))
    return Run(
        "r", "e", "made up", members, 1, "v", "", 0.0, bounds=bounds, expected_pods=rng.choice((0, 3, 3))
    )


def when(rng: Random) -> float:
    return float(rng.randint(0, 12))


def operation(rng: Random, value: str) -> Operation:
    workload = rng.choice(("w", "w", "w", "x", "todos", "probe@a"))
    outcome, server = (
        rng.choice(("ok", "ok", "ok", "unknown", "fail")),
        rng.choice(("", "a", "a", "b", "b", "c", "z")),
    )
    intended, sent, completed = sorted(when(rng) for _ in range(3))
    session = rng.choice(("", "s", "s", "t"))
    return Operation(workload, value, intended, sent, completed, outcome, "", server, session)  # type: ignore[arg-type]


def read(rng: Random) -> Read:
    made = operation(rng, rng.choice(VALUES[:4]))
    workload = rng.choice(("r", "r", "todos-r"))
    times = (made.intended, made.sent, made.completed)
    shown, fresh = rng.random() < 0.5, rng.random() < 0.8
    return Read(workload, made.value, *times, made.outcome, "", made.server, made.session, shown, fresh)


def sample(rng: Random, with_epochs: bool) -> Sample:
    role = rng.choice(("primary", "primary", "standby", "silent"))
    epoch = rng.randint(1, 2) if with_epochs or rng.random() < 0.5 else None
    member = rng.choice(("a", "a", "b", "b", "c", "z"))
    where = rng.choice(("outside", "node"))
    return Sample(member, when(rng), 0.0, role, rng.randint(1, 3), 0, epoch, where=where)  # type: ignore[arg-type]


def fault(rng: Random) -> FaultMark:
    name = rng.choice((*("pod-lost", "node-drained", "node-paused") * 2, "api-server-stopped"))
    return FaultMark(name, rng.choice(("inject", "inject", "heal")), when(rng), rng.choice(("a", "a", "b")))


def part(rng: Random) -> Present:
    values = tuple(rng.choices((*VALUES, "ghost"), k=rng.randint(0, 12)))
    member, of = rng.choice(MEMBERS), rng.choice(("ledger", "ledger", "todos"))
    return Present(member, of, 20.0, values, last=rng.random() < 0.8)


SOME: dict[str, tuple[int, Callable[[Random], Event]]] = {
    "reads": (10, read),
    "faults": (4, fault),
    "healths": (4, lambda rng: Health(when(rng), rng.choice(((), ("lag",), ("lag", "split"))))),
    "parts": (8, part),
    "budgets": (4, lambda rng: Budget("postgres", when(rng), rng.randint(1, 3), 2, 0, rng.choice((3, 0)))),
    "evictions": (
        6,
        lambda rng: Eviction(
            rng.choice("abx"), when(rng) / 2, rng.choice((201, 429)), True, rng.randint(2, 3)
        ),
    ),
    "machines": (1, lambda rng: Machine(when(rng), 0.5, 0.0)),
}
SIZES = {name: most for name, (most, _) in SOME.items()} | {"operations": len(VALUES), "samples": 10}


def arbitrary(rng: Random, sizes: dict[str, int]) -> list[Event]:
    """Return one run with so many events of each kind."""
    events: list[Event] = [run(rng), *(operation(rng, value) for value in VALUES[: sizes["operations"]])]
    with_epochs = rng.random() < 0.7
    events += [sample(rng, with_epochs) for _ in range(sizes["samples"])]
    for name, (_, make) in SOME.items():
        events += [make(rng) for _ in range(sizes[name])]
    return events


def histories() -> st.SearchStrategy[list[Event]]:
    """Any of them. What hypothesis makes smaller is how many events there are."""
    sizes = st.fixed_dictionaries({name: st.integers(0, most) for name, most in SIZES.items()})
    return st.builds(arbitrary, st.randoms(use_true_random=True), sizes)
