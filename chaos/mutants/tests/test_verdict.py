from __future__ import annotations

from dataclasses import replace

import pytest

from chaos.mutants.table import MUTANTS
from chaos.mutants.tests.platform import verdict
from chaos.mutants.verdict import Word, conclude, failed

MUTANT = replace(
    MUTANTS["async"],
    red="lost",
    implied=frozenset({"outside-newest-history"}),
    at_rest=frozenset({"budget"}),
)


@pytest.mark.parametrize(
    ("control", "rest", "fault", "word", "why"),
    [
        ((), (), ("lost",), "killed", "lost is broken (2)"),
        (
            (),
            (),
            ("lost", "outside-newest-history"),
            "killed",
            "lost is broken (2); red too: outside-newest-history",
        ),
        ((), ("budget",), ("lost", "budget"), "killed", "lost is broken (2); red too: budget"),
        ((), (), (), "survived", "lost noticed nothing"),
        ((), (), ("health",), "survived", "lost noticed nothing; red were health"),
        ((), (), ("outside-newest-history",), "survived", "red were outside-newest-history"),
        ((), (), ("lost", "health"), "unclear", "red for another reason too: health"),
        ((), ("lost",), ("lost",), "unclear", "red before anything was broken: lost"),
        ((), ("health", "budget"), ("lost",), "unclear", "red before anything was broken: health"),
        (("lost",), (), ("lost",), "unclear", "the original is red with the same fault: lost"),
    ],
)
def test_killed_is_red_where_it_must_be_and_nowhere_else(
    control: tuple[str, ...], rest: tuple[str, ...], fault: tuple[str, ...], word: Word, why: str
) -> None:
    outcome = conclude(MUTANT, verdict(*control), verdict(*rest), verdict(*fault))
    assert outcome.word == word
    assert why in outcome.why


def test_an_outcome_tells_of_which_version_and_day_it_is() -> None:
    outcome = conclude(MUTANT, verdict(), verdict(version="v1-async"), verdict("lost", version="v1-async"))
    assert (outcome.version, outcome.day) == ("v1", "2026-11-24")


def test_a_mutant_that_does_not_run_is_not_killed() -> None:
    assert failed(MUTANT, "no rollout").word == "error"
