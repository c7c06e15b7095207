"""What one member said of itself around any moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from chaos.events import Sample

__all__ = ["Accounts"]


class Accounts:
    """The samples of one member, given in the order of time; every question is answered in logarithmic time."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples
        self._at = [sample.at for sample in samples]
        self._last: list[Sample | None] = [None]
        """At n: the last one that answered among the first n."""
        for sample in samples:
            self._last.append(self._last[-1] if sample.role == "silent" else sample)
        self._next: list[Sample | None] = [None]
        for sample in reversed(samples):
            self._next.append(self._next[-1] if sample.role == "silent" else sample)
        self._next.reverse()

    def seen_before(self, moment: float) -> float:
        """Return when it was asked last, before a moment; infinitely long ago when it was not."""
        number = bisect_left(self._at, moment)
        return self._at[number - 1] if number else float("-inf")

    def last_answer(self, moment: float) -> Sample | None:
        """Return its last answer until then."""
        return self._last[bisect_right(self._at, moment)]

    def next_answer(self, moment: float) -> Sample | None:
        """Return its first answer from then on."""
        return self._next[bisect_left(self._at, moment)]

    def next_look(self, moment: float) -> Sample | None:
        """Return what was seen when it was asked for the first time from then on, silence included."""
        number = bisect_left(self._at, moment)
        return self._samples[number] if number < len(self._at) else None
