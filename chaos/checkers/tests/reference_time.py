"""The slow and obvious judgements about time: who was primary when, and how long clients waited."""

import math
from collections.abc import Sequence

from chaos.checkers.tests.reference import Events, in_time, present, rows, run_of, table
from chaos.events import FaultMark, Operation, Read, Sample

Reign = tuple[tuple[int, int], str, float]


def samples(events: Events) -> list[Sample]:
    members = run_of(events).members
    found = in_time([e for e in events if isinstance(e, Sample) and e.member in members])
    return [s for s in found if isinstance(s, Sample)]


def term(events: Events, sample: Sample) -> tuple[int, int]:
    for s in samples(events):
        if s.role == "primary" and s.epoch is None:
            return (0, sample.timeline)
    return (sample.epoch or 0, sample.timeline)


def reigns(events: Events, until: float) -> list[Reign]:
    found: list[Reign] = []
    claims = [s for s in samples(events) if s.role == "primary" and s.at <= until]
    for number, s in enumerate(claims):
        if all(term(events, earlier) < term(events, s) for earlier in claims[:number]):
            found.append((term(events, s), s.member, s.at))
    return found


def struck(events: Events, member: str, asked: float) -> float:
    """When the fault struck that a deposed member should have fallen silent after."""
    seen = reigns(events, asked)
    since, began = math.inf, -math.inf
    if any(who == member for _, who, _ in seen):
        began = max(at for _, who, at in seen if who == member)
        since = min((at for number, (_, _, at) in enumerate(seen) if is_last_of(seen[number:], member)))
    else:
        claims = [s for s in samples(events) if s.role == "primary" and s.member == member and s.at <= asked]
        first = {term(events, s): s.at for s in reversed(claims)}
        newest = max(first, key=lambda claimed: (first[claimed], claimed), default=(0, 0))
        began = first.get(newest, -math.inf)
        since = min(at for claimed, _, at in seen if claimed >= newest)
    injected = [e.at for e in events if isinstance(e, FaultMark) and e.action == "inject"]
    return max((at for at in injected if began <= at <= since), default=since)


def is_last_of(seen: Sequence[Reign], member: str) -> bool:
    return all(other != member for _, other, _ in seen)


def deposed(events: Events) -> list[tuple[str, float]]:
    """Every answer of a deposed member, and how long after the fault it came."""
    wrong = []
    for s in samples(events):
        if s.role == "primary":
            newest, who, _ = reigns(events, s.at)[-1]
            if who != s.member and term(events, s) <= newest:
                wrong.append((s.member, awake(events, s.member, struck(events, s.member, s.at), s.at)))
    late = [a for a in events if isinstance(a, Operation | Read) and usurped(events, a)]
    return wrong + [
        (a.server, awake(events, a.server, struck(events, a.server, a.sent), a.completed)) for a in late
    ]


def awake(events: Events, member: str, begin: float, end: float) -> float:
    """The seconds between two moments in which the node of a member did not stand still."""
    own = {s.at for s in samples(events) if s.member == member and s.where == "node"}
    left = end - begin
    for slept in own:
        woke = min((at for at in own if at > slept), default=slept)
        frozen = any(mark.name == "node-paused" for mark in present(events, slept, woke))
        if frozen and woke - slept > 2.0:
            left -= max(0.0, min(woke, end) - max(slept, begin))
    return left


def usurped(events: Events, a: Operation | Read) -> bool:
    seen = reigns(events, a.sent)
    if a.outcome != "ok" or a.server not in run_of(events).members:
        return False
    if not seen or seen[-1][1] == a.server:
        return False
    after = [s for s in samples(events) if s.member == a.server and s.at >= a.completed]
    before = [s for s in samples(events) if s.member == a.server and s.at <= a.sent]
    for s in after:
        if s.role == "primary" and term(events, s) > seen[-1][0]:
            return False
        if s.role != "silent":
            break
    if isinstance(a, Operation):
        return True
    if after and after[0].role == "standby":
        return False
    answered = [s.role for s in before if s.role != "silent"]
    return answered[-1:] == ["primary"]


def deposed_answer(events: Events) -> tuple[list[tuple[str, float]], dict[str, float]]:
    found = deposed(events)
    bound = run_of(events).bounds.get("deposed", math.inf)
    figure = max([took for _, took in found], default=0.0)
    known = len(reigns(events, math.inf)) > 1 or figure
    return [each for each in found if each[1] > bound], {"deposed_s": figure} if known else {}


def newest(events: Events) -> str | None:
    """Who acknowledged last in the highest term in which somebody did."""
    claims = [s for s in samples(events) if s.role == "primary"]
    for wanted in sorted({term(events, s) for s in claims}, reverse=True):
        last: tuple[float, str] | None = None
        for member in run_of(events).members:
            of_it = [s for s in claims if s.member == member and term(events, s) == wanted]
            if not of_it:
                continue
            unseen = max(
                [s.at for s in samples(events) if s.member == member and s.at < of_it[0].at],
                default=-math.inf,
            )
            for e in events:
                if not isinstance(e, Operation) or e.outcome != "ok" or e.server != member:
                    continue
                if e.completed > unseen and (last is None or e.completed > last[0]):
                    last = (e.completed, member)
        if last:
            return last[1]
    return reigns(events, math.inf)[-1][1] if claims else None


def outside_newest_history(events: Events) -> list[str]:
    wrong = []
    for e in events:
        if isinstance(e, Operation) and e.outcome == "ok":
            held = rows(events, newest(events) or "nobody", table(e.workload))
            if held is not None and e.value not in held:
                wrong.append(e.value)
    return wrong


def gaps(
    events: Events, kind: type[Operation] | type[Read], gap: str
) -> tuple[list[object], dict[str, float]]:
    wrong: list[object] = []
    figures = {}
    run = run_of(events)
    for name in {e.workload for e in events if isinstance(e, kind) and "@" not in e.workload}:
        attempts = [e for e in events if isinstance(e, kind) and e.workload == name]
        found = silences(events, attempts)
        if not found:
            continue
        longest = max(end - begin for begin, end in found)
        begin, end = next((b, e) for b, e in found if e - b == longest)
        figures[f"{gap}.{name}"] = longest
        injects = [e.at for e in events if isinstance(e, FaultMark) and e.action == "inject"]
        if any(isinstance(e, FaultMark) for e in events):
            within = [at for at in injects if begin <= at < end]
            figures[f"rto.{name}"] = end - min(within, default=begin)
        bound = run.bounds.get(f"{gap}.{name}", run.bounds.get(gap, math.inf))
        for begin, end in found:
            if end == math.inf or (end - begin > bound and len(present(events, begin, end)) <= 1):
                wrong.append((name, begin, end))
    return wrong, figures


def silences(events: Events, attempts: Sequence[Operation | Read]) -> list[tuple[float, float]]:
    acks = sorted(a.completed for a in attempts if a.outcome == "ok")
    marks = [e for e in events if isinstance(e, FaultMark)]
    injects = [e.at for e in marks if e.action == "inject"]
    begin = min(injects, default=-math.inf)
    if not acks:
        return []
    found = [(acks[n - 1], acks[n]) for n in range(1, len(acks)) if acks[n] > begin]
    over = max([mark.at for mark in marks], default=math.inf)
    tried_after, served_after = any(a.sent > over for a in attempts), any(ack > over for ack in acks)
    dead = bool(injects) and all(ack <= max(injects) for ack in acks)
    end = max(a.completed for a in attempts)
    if dead or (tried_after and not served_after):
        found.append((acks[-1], math.inf))
    elif end > acks[-1] and end > begin:
        found.append((acks[-1], end))
    return found
