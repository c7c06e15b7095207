"""The same judgements once more: slow, obvious, and written without a look at the fast ones.

Each returns the keys of what is wrong, in nested loops over the plain events. Its answers are compared with the
checkers' for made-up histories, so a mistake must be made twice to stay hidden.
"""

import math
from collections.abc import Sequence

from chaos.checkers.budget import SETTLED_S
from chaos.events import (
    Budget,
    Event,
    Eviction,
    FaultMark,
    Health,
    Operation,
    Present,
    Read,
    Run,
)

Events = Sequence[Event]


def run_of(events: Events) -> Run:
    return next(e for e in events if isinstance(e, Run))


def rows(events: Events, member: str, of: str) -> list[str] | None:
    """What was read last and to its end; None when that is not known."""
    so_far: list[str] = []
    ended = False
    for e in events:
        if isinstance(e, Present) and e.member == member and e.of == of:
            if ended:
                so_far = []
            so_far = so_far + list(e.values)
            ended = e.last
    return so_far if ended else None


def any_rows(events: Events) -> dict[tuple[str, str], list[str]]:
    """The same for all, and of what was not read to its end, what there is."""
    found: dict[tuple[str, str], list[str]] = {}
    for e in events:
        if isinstance(e, Present):
            parts: list[str] = []
            ended = False
            for f in events:
                if isinstance(f, Present) and (f.member, f.of) == (e.member, e.of):
                    parts = ([] if ended else parts) + list(f.values)
                    ended = f.last
            found[e.member, e.of] = parts
    return found


def table(workload: str) -> str:
    return "todos" if workload[:5] == "todos" else "ledger"


def lost(events: Events) -> set[str]:
    wrong = set()
    for e in events:
        if isinstance(e, Operation) and e.outcome == "ok":
            for member in run_of(events).members:
                held = rows(events, member, table(e.workload))
                if held is not None and e.value not in held:
                    wrong.add(e.value)
    return wrong


def shown_then_lost(events: Events) -> set[str]:
    wrong = set()
    for e in events:
        if isinstance(e, Read) and e.outcome == "ok" and e.found:
            for member in run_of(events).members:
                held = rows(events, member, table(e.workload))
                if held is not None and e.value not in held:
                    wrong.add(e.value)
    return wrong


def duplicated(events: Events) -> set[tuple[str, str]]:
    return {(v, m) for (m, _), held in any_rows(events).items() for v in held if held.count(v) > 1}


def unexpected(events: Events) -> set[tuple[str, str, str]]:
    wrong = set()
    for (member, of), held in any_rows(events).items():
        for value in held:
            for e in events:
                tried = isinstance(e, Operation) and e.value == value and table(e.workload) == of
                if tried and e.outcome in ("ok", "unknown"):  # type: ignore[union-attr]
                    break
            else:
                wrong.add((value, of, member))
    return wrong


def convergence(events: Events) -> set[tuple[str, str]]:
    wrong = set()
    for of in ("ledger", "todos"):
        for one in run_of(events).members:
            for other in run_of(events).members:
                mine, theirs = rows(events, one, of), rows(events, other, of)
                if mine is not None and theirs is not None:
                    wrong |= {(v, of) for v in mine + theirs if mine.count(v) != theirs.count(v)}
    return wrong


def in_time(found: list[Event]) -> list[Event]:
    return sorted(found, key=lambda e: e.at)  # type: ignore[union-attr]


def health(events: Events) -> list[str]:
    looks = in_time([e for e in events if isinstance(e, Health)])
    return list(looks[-1].troubles) if looks and isinstance(looks[-1], Health) else []


def stale_read(events: Events) -> list[Read]:
    wrong = []
    for r in events:
        if not isinstance(r, Read) or not r.fresh or r.outcome != "ok" or r.found or r.session == "":
            continue
        for w in events:
            if not isinstance(w, Operation) or w.outcome != "ok" or w.value != r.value:
                continue
            if w.session == r.session and w.completed <= r.sent:
                wrong.append(r)
    return wrong


def non_monotonic_read(events: Events) -> list[Read]:
    wrong = []
    for r in events:
        if not isinstance(r, Read) or not r.fresh or r.outcome != "ok" or r.found or r.session == "":
            continue
        for s in events:
            if not isinstance(s, Read) or s.outcome != "ok" or not s.found or s.value != r.value:
                continue
            if s.session == r.session and s.completed <= r.sent:
                wrong.append(r)
                break
    return wrong


def present(events: Events, begin: float, end: float) -> list[FaultMark]:
    """The injections whose fault was present between two moments, seen healthy after the heal at last."""
    marks = in_time([e for e in events if isinstance(e, FaultMark)])
    healed: list[FaultMark] = []
    found = []
    for number, mark in enumerate(marks):
        assert isinstance(mark, FaultMark)
        if mark.action == "heal":
            continue
        over = mark.at
        for later in marks[number + 1 :]:
            assert isinstance(later, FaultMark)
            same = (later.name, later.on) == (mark.name, mark.on) and later.action == "heal"
            if same and not any(later is taken for taken in healed):
                healed.append(later)
                over = later.at
                break
        well = [e.at for e in events if isinstance(e, Health) and not e.troubles and e.at >= over]
        if mark.at <= end and min(well, default=math.inf) >= begin:
            found.append(mark)
    return found


def budget(events: Events) -> list[tuple[Budget, str]]:
    wrong = []
    for e in events:
        if isinstance(e, Budget):
            if run_of(events).expected_pods not in (0, e.expected):
                wrong.append((e, "counts"))
            if e.current < e.desired and all(f.name == "node-drained" for f in present(events, e.at, e.at)):
                wrong.append((e, "has"))
    return wrong


def eviction(events: Events) -> list[Eviction]:
    run = run_of(events)
    events = [e for e in events if not isinstance(e, Eviction) or e.pod in run.members]
    pods = run.expected_pods
    wrong = []
    for e in events:
        if isinstance(e, Eviction) and e.status == 201 and e.ready < pods:
            excused = any(f.name == "api-server-stopped" for f in present(events, e.at, e.at))
            for f in events:
                if isinstance(f, Eviction) and f.ready >= pods:
                    excused |= abs(f.at - e.at) <= SETTLED_S or beside(events, e, f)
            if not excused:
                wrong.append(e)
    return wrong


def beside(events: Events, one: Eviction, other: Eviction) -> bool:
    """Whether nobody asked for an eviction between these two."""
    asked = in_time([e for e in events if isinstance(e, Eviction)])
    places = [number for number, e in enumerate(asked) if e is one or e is other]
    return len(places) == 2 and places[1] - places[0] == 1


def redundancy(events: Events) -> tuple[list[float], dict[str, float]]:
    marks = [e.at for e in events if isinstance(e, FaultMark)]
    looks = in_time([e for e in events if isinstance(e, Health)])
    if not marks or not looks:
        return [], {}
    took = math.inf
    for number, look in enumerate(looks):
        assert isinstance(look, Health)
        if all(isinstance(later, Health) and not later.troubles for later in looks[number:]):
            took = max(0.0, look.at - max(marks))
            break
    bound = run_of(events).bounds.get("redundancy")
    return [took] if bound is not None and bound < took < math.inf else [], {"redundancy": took}
