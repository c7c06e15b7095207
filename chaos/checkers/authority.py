"""Who may answer: only the newest primary acknowledges, and whoever it succeeded falls silent within a bound."""

from __future__ import annotations

import math

from chaos.checkers.faults import moment
from chaos.checkers.frozen import Frozen
from chaos.checkers.reigns import Reigns, Term
from chaos.checkers.story import Story
from chaos.checkers.verdict import Finding, finding
from chaos.events import Operation, Read

__all__ = ["deposed_answer", "outside_newest_history"]


def outside_newest_history(story: Story) -> list[Finding]:
    """Find acknowledged values that the newest acknowledging primary's history does not have (I1).

    A late acknowledgement of a value that it has is harmless.
    """
    newest = Reigns(story).newest()
    if newest is None:
        return []
    outside = [
        story.by_value[value]
        for of, values in story.acknowledged.items()
        if (rows := story.rows.get((newest.member, of))) and rows.complete
        for value in values - rows.values
    ]

    def told(op: Operation) -> str:
        late = op.completed - newest.first
        when = f"{abs(late):.3f} s {'after' if late >= 0 else 'before'} the first of {newest.member}"
        return f"{op.value} ({op.workload}) acknowledged by {op.server or 'an unknown server'}, {when}"

    outside.sort(key=lambda op: op.completed)
    what = (
        f"acknowledged writes are not in the history of {newest.member}, the newest primary that acknowledged"
    )
    return finding("outside-newest-history", what, outside, told)


def deposed_answer(story: Story) -> tuple[list[Finding], dict[str, float]]:
    """Find answers to what a member was asked after another one had become primary in a higher term.

    They are allowed for `bounds["deposed"]` seconds from the last injection before that promotion (from the
    promotion when there was none); time in which the member's node stood still does not count. The figure
    `deposed_s` is how long it took; none without a promotion.
    """
    reigns, frozen, clock = Reigns(story), Frozen(story), moment(story)
    bound, longest, told = story.run.bounds.get("deposed", math.inf), 0.0, []
    for member, asked, answered, what in _answers(story, reigns):
        since = reigns.deposed_since(member, asked)
        if since is None:
            continue
        took = answered - since - frozen.seconds(member, since, answered)
        longest = max(longest, took)
        if took > bound:
            told.append(f"{member} {what} at {clock(answered)}, {took:.3f} s after it was to end")
    found = finding("deposed-answer", f"a deposed primary answered for more than {bound:g} s", told)
    return found, {"deposed_s": longest} if reigns.promotions or longest else {}


def _answers(story: Story, reigns: Reigns) -> list[tuple[str, float, float, str]]:
    """Return the answers of members that were not the newest primary when they were asked."""
    found = [
        (s.member, s.at, s.at, f"called itself primary of {_said(reigns.term(s))}")
        for s in story.samples
        if s.role == "primary" and reigns.is_below(s)
    ]
    attempts: list[Operation | Read] = [*story.operations, *story.reads]
    for attempt in attempts:
        if attempt.outcome == "ok" and attempt.server and reigns.is_usurped(attempt):
            what = "acknowledged" if isinstance(attempt, Operation) else "answered a read of"
            found.append((attempt.server, attempt.sent, attempt.completed, f"{what} {attempt.value}"))
    return sorted(found, key=lambda answer: answer[2])


def _said(term: Term) -> str:
    epoch, timeline = term
    return f"epoch {epoch}, timeline {timeline}" if epoch else f"timeline {timeline}"
