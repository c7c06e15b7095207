"""Schedules of faults, made from a seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from chaos.faults.kinds import KINDS
from chaos.faults.plan_rules import LAST, ROLES, clash

__all__ = [
    "AT_ONCE",
    "HOLD_S",
    "PAUSE_S",
    "SPREAD_S",
    "Plan",
    "Step",
    "random_plan",
    "single_plan",
]

AT_ONCE = 3
HOLD_S = (5.0, 30.0)
PAUSE_S = (10.0, 40.0)
SPREAD_S = 5.0
"""Faults of one batch begin within so long of each other."""
ENOUGH = 20
"""Draws for one more fault that goes with the others, before a batch has fewer."""


@dataclass(frozen=True)
class Step:
    """One fault of a schedule; a role in `on` is resolved when it is injected."""

    after_s: float
    """From the beginning of the schedule."""
    hold_s: float
    """From the injection to the heal; 0 for what heals itself."""
    kind: str
    on: str

    @property
    def ends_s(self) -> float:
        """When it is healed."""
        return self.after_s + self.hold_s


@dataclass(frozen=True)
class Plan:
    """Faults in the order of their injection."""

    steps: tuple[Step, ...]

    @property
    def at_once(self) -> int:
        """The largest number of faults that last at the same time."""
        return max(
            (
                sum(other.after_s <= step.after_s <= other.ends_s for other in self.steps)
                for step in self.steps
            ),
            default=0,
        )

    @property
    def length_s(self) -> float:
        """When the last fault is healed."""
        return max((step.ends_s for step in self.steps), default=0.0)


def random_plan(
    seed: int,
    number: int = 0,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    batches: int = 1,
    at_once: int = AT_ONCE,
    hold_s: tuple[float, float] = HOLD_S,
    pause_s: tuple[float, float] = PAUSE_S,
) -> Plan:
    """Return the `number`th schedule of a seed: batches of one to `at_once` faults with pauses between them.

    The same arguments give the same schedule, on any machine. Raises ValueError for a kind there is not.
    """
    _check(kinds)
    dice = random.Random(f"{seed}/{number}")
    steps: list[Step] = []
    for _ in range(batches):
        begins = Plan(tuple(steps)).length_s + _draw(dice, pause_s) if steps else 0.0
        steps += _batch(dice, begins, kinds, dice.randint(1, at_once), hold_s)
    return Plan(tuple(steps))


def single_plan(seed: int, number: int, *, kinds: Sequence[str] = tuple(KINDS)) -> Plan:
    """Return one fault: the `number`th card, from 1, of decks that hold every kind once and are shuffled anew.

    So after N decks every kind has come N times. Raises ValueError for a kind there is not.
    """
    _check(kinds)
    decks, card = divmod(number - 1, len(kinds))
    deck = list(kinds)
    random.Random(f"{seed}/deck/{decks}").shuffle(deck)
    return random_plan(seed, number, kinds=[deck[card]], at_once=1)


def _check(kinds: Sequence[str]) -> None:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(
            f"There is no fault {', '.join(unknown) or 'to choose from'}; there are {', '.join(KINDS)}."
        )


def _batch(
    dice: random.Random, begins: float, kinds: Sequence[str], size: int, hold_s: tuple[float, float]
) -> list[Step]:
    chosen: list[tuple[str, str]] = []
    for _ in range(ENOUGH):
        kind = dice.choice(kinds)
        on = dice.choice(ROLES[KINDS[kind].aims_at])
        if len(chosen) < size and not any(clash((kind, on), other) for other in chosen):
            chosen.append((kind, on))
    chosen.sort(key=lambda it: it[0] in LAST)
    offsets = [0.0, *sorted(_draw(dice, (0.0, SPREAD_S)) for _ in chosen[1:])]
    return [
        Step(round(begins + offset, 2), 0.0 if KINDS[kind].heals_itself else _draw(dice, hold_s), kind, on)
        for offset, (kind, on) in zip(offsets, chosen, strict=True)
    ]


def _draw(dice: random.Random, span: tuple[float, float]) -> float:
    return round(dice.uniform(*span), 2)
