"""What a session was promised to see, it sees."""

from __future__ import annotations

from chaos.checkers.faults import moment
from chaos.checkers.story import Story
from chaos.checkers.verdict import Finding, finding
from chaos.events import Read

__all__ = ["fresh_reads", "non_monotonic_read", "stale_read"]


def fresh_reads(story: Story) -> list[Read]:
    """Return the answered reads of sessions that were promised to see what they know of."""
    return [read for read in story.reads if read.fresh and read.session and read.outcome == "ok"]


def stale_read(story: Story) -> list[Finding]:
    """Find fresh reads that did not show a value whose write their session had been acknowledged before."""
    clock, told = moment(story), []
    for read in fresh_reads(story):
        op = story.by_value.get(read.value)
        if read.found or op is None or op.outcome != "ok" or op.session != read.session:
            continue
        if op.completed <= read.sent:
            told.append(
                f"{read.value}: written by session {read.session} at {clock(op.completed)}, "
                f"not shown to it at {clock(read.sent)}"
            )
    return finding("stale-read", "sessions were not shown what they had written", told)


def non_monotonic_read(story: Story) -> list[Finding]:
    """Find fresh reads that did not show a value which an earlier read of their session had shown."""
    gone = [read for read in fresh_reads(story) if not read.found]
    wanted = {(read.session, read.value) for read in gone}
    shown: dict[tuple[str, str], float] = {}
    for read in story.reads:
        key = (read.session, read.value)
        if read.outcome == "ok" and read.found and key in wanted:
            shown[key] = min(read.completed, shown.get(key, read.completed))
    clock, told = moment(story), []
    for read in gone:
        before = shown.get((read.session, read.value))
        if before is not None and before <= read.sent:
            told.append(
                f"{read.value}: shown to session {read.session} at {clock(before)}, no more at {clock(read.sent)}"
            )
    return finding("non-monotonic-read", "sessions were shown something and then no more", told)
