"""Is a mutant killed? Pure judgement of three verdicts: the original with the fault, the mutant without and with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chaos.checkers.verdict import Verdict
from chaos.mutants.table import Mutant

__all__ = ["Outcome", "Word", "conclude", "failed", "reds"]

Word = Literal["killed", "survived", "unclear", "error"]


@dataclass(frozen=True)
class Outcome:
    """What is known of a mutant.

    killed: red where it must be, and nowhere else. survived: green although its safety was off. unclear: red for
    another reason too, or without the fault, or with the fault alone: that proves nothing. error: it did not run.
    """

    mutant: str
    checker: str
    experiment: str
    word: Word
    why: str
    red: tuple[str, ...] = ()
    """All checkers that were red in the run that decided."""
    version: str = ""
    day: str = ""
    took_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def reds(verdict: Verdict) -> tuple[str, ...]:
    """Return the checkers that found something, in the order of the verdict, each once."""
    return tuple(dict.fromkeys(found.checker for found in verdict.findings))


def conclude(mutant: Mutant, control: Verdict, rest: Verdict, fault: Verdict) -> Outcome:
    """Judge a mutant. `control`: the original with the fault; `rest`: the mutant without it; `fault`: with it."""

    def outcome(word: Word, why: str, of: Verdict) -> Outcome:
        version = control.run.version.partition("-")[0]
        return Outcome(
            mutant.name, mutant.red, mutant.experiment, word, why, reds(of), version, fault.run.began[:10]
        )

    if control.findings:
        return outcome("unclear", f"the original is red with the same fault: {_list(reds(control))}", control)
    if early := set(reds(rest)) - mutant.at_rest:
        return outcome("unclear", f"red before anything was broken: {_list(early)}", rest)
    found = reds(fault)
    if mutant.red not in found:
        also = f"; red were {_list(found)}" if found else ""
        return outcome("survived", f"{mutant.red} noticed nothing{also}", fault)
    if others := set(found) - mutant.may_be_red:
        return outcome("unclear", f"red for another reason too: {_list(others)}", fault)
    too = set(found) - {mutant.red}
    return outcome("killed", _what(fault, mutant.red) + (f"; red too: {_list(too)}" if too else ""), fault)


def failed(mutant: Mutant, why: str) -> Outcome:
    """Return the outcome of a mutant that could not be tried."""
    return Outcome(mutant.name, mutant.red, mutant.experiment, "error", why)


def _what(verdict: Verdict, checker: str) -> str:
    found = next(found for found in verdict.findings if found.checker == checker)
    return f"{found.what} ({found.count})"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
