"""Who was what, and when: samples, pool views and decisions as spans and numbered notes of a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chaos.events import Decision, PoolView, Sample
from chaos.report.words import in_brief, matters

__all__ = ["Lane", "Note", "Span", "State", "member_lanes", "notes", "pool_lanes", "redundant_from"]

State = Literal["primary", "standby", "lagging", "silent", "believes"]
"""`lagging`: a standby that streams from nobody. `believes`: a pgpool's view."""
PATIENCE_S = 1.5
"""An account older than this says nothing about the present: the lane is empty there."""
POOL_PATIENCE_S = 4.0
"""A pgpool that does not answer is asked that rarely: each question waits for its timeout."""


@dataclass(frozen=True)
class Span:
    """What was true from `begin` to `end`; `text` from the longest to the shortest way to say it."""

    begin: float
    end: float
    state: State
    text: tuple[str, ...]


@dataclass(frozen=True)
class Lane:
    """One row: a member, as seen from outside or from its own node, or a pgpool pod."""

    name: str
    spans: tuple[Span, ...]
    ticks: tuple[float, ...] = ()
    """Acknowledgements on the connection that was opened to this member before the fault."""


@dataclass(frozen=True)
class Note:
    """A line about a decision, numbered as in the picture; `times` is how often it was said in a row."""

    number: int
    at: float
    source: str
    text: str
    matters: bool = True
    """Whether it tells of a change, and not only of how it was noticed."""
    times: int = 1


def _lane(
    name: str,
    points: Sequence[tuple[float, State, tuple[str, ...]]],
    end: float,
    patience: float = PATIENCE_S,
) -> Lane:
    """Join equal neighbours; a point holds until the next one, or for `patience` seconds."""
    spans: list[Span] = []
    untils = [at for at, _, _ in points[1:]] + [end]
    for (at, state, text), until in zip(points, untils, strict=True):
        span = Span(at, min(until, at + patience), state, text)
        last = spans[-1] if spans else None
        if last and (last.state, last.text) == (state, text) and last.end == at:
            spans[-1] = replace(last, end=span.end)
        else:
            spans.append(span)
    return Lane(name, tuple(spans))


def _account(sample: Sample) -> tuple[float, State, tuple[str, ...]]:
    if sample.role == "silent":
        return sample.at, "silent", ("no answer", "")
    state: State = "lagging" if sample.role == "standby" and not sample.streaming else sample.role
    # A node that just answers may not know its timeline yet.
    timeline = str(sample.timeline or "?")
    epoch = "" if sample.epoch is None else f", epoch {sample.epoch}"
    long = f"{sample.role}, timeline {timeline}"
    texts = (long + epoch, long, f"{sample.role} {timeline}", timeline, "")
    return sample.at, state, tuple(dict.fromkeys(texts))


def member_lanes(
    samples: Iterable[Sample], end: float, acknowledged: Callable[[str], tuple[float, ...]]
) -> tuple[Lane, ...]:
    """Return a lane for each member, and one more for each that was also asked on its own node.

    `samples` are in order of time; `acknowledged` tells when a member's probe was acknowledged.
    """
    by: dict[tuple[str, str], list[tuple[float, State, tuple[str, ...]]]] = {}
    for sample in samples:
        by.setdefault((sample.member, sample.where), []).append(_account(sample))
    lanes = []
    for (member, where), points in sorted(by.items(), key=lambda item: (item[0][0], item[0][1] == "node")):
        lane = _lane(member if where == "outside" else f"{member}, on its node", points, end)
        lanes.append(replace(lane, ticks=acknowledged(member)) if where == "outside" else lane)
    return tuple(lanes)


def pool_lanes(views: Iterable[PoolView], end: float) -> tuple[Lane, ...]:
    """Return a lane for each pgpool pod: whom it believes primary."""
    by: dict[str, list[tuple[float, State, tuple[str, ...]]]] = {}
    for view in views:
        state: State = "silent" if view.error else "believes"
        said = "no answer" if view.error else view.primary or "nobody"
        by.setdefault(view.pod, []).append((view.at, state, (said, "")))
    return tuple(_lane(pod, points, end, POOL_PATIENCE_S) for pod, points in sorted(by.items()))


def notes(decisions: Iterable[Decision]) -> tuple[Note, ...]:
    """Number the decisions in order of time, in brief; what a source says again, word for word, is one note."""
    found: list[Note] = []
    last: dict[str, int] = {}
    for decision in decisions:
        text, index = in_brief(decision.text), last.get(decision.source)
        if index is not None and found[index].text == text:
            found[index] = replace(found[index], times=found[index].times + 1)
            continue
        last[decision.source] = len(found)
        found.append(Note(len(found) + 1, decision.at, decision.source, text, matters(text)))
    return tuple(found)


def redundant_from(samples: Sequence[Sample], since: float) -> float | None:
    """Return when, after `since`, one primary was seen with all other members streaming from it for good.

    None: not before the samples ended, or it was never otherwise. Only what was asked from outside counts:
    a cut node's own account says nothing about the cluster.
    """
    outside = [sample for sample in samples if sample.where == "outside"]
    others = len({sample.member for sample in outside}) - 1
    state: dict[str, str] = {}
    reached, broken = None, False
    for sample in outside:
        streams = sample.role == "standby" and sample.streaming > 0
        state[sample.member] = "standby" if streams else "primary" if sample.role == "primary" else "away"
        if len(state) <= others or sample.at <= since:
            continue
        if sorted(state.values()) != ["primary"] + ["standby"] * others:
            reached, broken = None, True
        elif broken and reached is None:
            reached = sample.at
    return reached
