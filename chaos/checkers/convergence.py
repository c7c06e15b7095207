"""After the last heal everybody holds the same rows and nobody complains."""

from __future__ import annotations

from collections import Counter

from chaos.checkers.story import Rows, Story
from chaos.checkers.verdict import Finding, finding

__all__ = ["convergence", "health"]


def convergence(story: Story) -> list[Finding]:
    """Find the values that one member holds more often than another."""
    held = {of: story.holding(of) for _, of in story.rows}
    found = [(value, of) for of in sorted(held) for value in sorted(_differing(list(held[of].values())))]

    def told(row: tuple[str, str]) -> str:
        value, of = row
        having = [member for member, rows in held[of].items() if value in rows.values]
        lacking = [member for member in held[of] if member not in having]
        how = (
            f"on {', '.join(having)}, not on {', '.join(lacking)}" if lacking else "not equally often on all"
        )
        return f"{value} ({of}) is {how}"

    return finding("convergence", "members do not hold the same rows", found, told)


def health(story: Story) -> list[Finding]:
    """Find what was still wrong at the last look."""
    last = story.healths[-1:]
    return finding(
        "health", "it did not get well again", [trouble for look in last for trouble in look.troubles]
    )


def _differing(members: list[Rows]) -> set[str]:
    if not members:
        return set()
    first, *others = members
    found: set[str] = set()
    for other in others:
        found |= first.values ^ other.values
        more, less = Counter(first.repeated), Counter(other.repeated)
        found |= {value for value in more | less if more[value] != less[value]}
    return found
