"""The table mutant → checker → verdict: docs/mutants.md for people, build/chaos/mutants.json for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from chaos.mutants.table import MUTANTS, Mutant
from chaos.mutants.verdict import Outcome

__all__ = ["DOCS", "JSON", "merged", "rows", "write"]

DOCS = Path("docs/mutants.md")
JSON = Path("build/chaos/mutants.json")
HEAD = """# Mutants

A suite that cannot fail proves nothing. Each mutant is the platform with one safety off. It is *killed* when it serves
its clients as well as ever while nothing is broken, and the named checker, and no unrelated one, goes red when the
experiment breaks something in which the unchanged platform stays green. Written by `python -m chaos mutants`.

| mutant | safety that is off | experiment | checker | verdict | what it found | seen |
|---|---|---|---|---|---|---|
"""
TAIL = """
How each one is made: `chaos/mutants/table.py`; their experiments: `chaos/mutants/experiments/`. Agents take failpoints
(`ha/failpoints.py`) only when their settings enable them; `python -m synth` refuses them without `--allow-failpoints`,
and for `dist/` always. Checkers that no part of this platform guards (`duplicated`, `unexpected`, `read-gap`, ...) are
turned red by databases that do wrong: `chaos/tests/test_wrong_database.py`.
"""
UNTRIED = "not tried yet"


def row(mutant: Mutant, outcome: Outcome) -> str:
    """Return the line of one mutant."""
    seen = f"{outcome.day}, {outcome.version}".strip(", ")
    cells = (mutant.name, mutant.off, mutant.experiment, mutant.red, outcome.word, outcome.why, seen)
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def rows(text: str) -> dict[str, str]:
    """Return the lines of a written table by mutant."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    return {line.split("|")[1].strip(): line for line in lines[1:]}


def merged(text: str, outcomes: Sequence[Outcome]) -> str:
    """Return the page with the rows of these outcomes renewed; a mutant that is no more loses its row.

    One that could not be tried keeps what was seen of it before.
    """
    old = rows(text)
    told = [outcome for outcome in outcomes if outcome.word != "error"]
    new = {outcome.mutant: row(MUTANTS[outcome.mutant], outcome) for outcome in told}
    lines = [new.get(name) or old.get(name) or _untried(mutant) for name, mutant in MUTANTS.items()]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def _untried(mutant: Mutant) -> str:
    cells = (mutant.name, mutant.off, mutant.experiment, mutant.red, UNTRIED, "", "")
    return "| " + " | ".join(cells) + " |"


def write(root: Path, outcomes: Sequence[Outcome], *, docs: bool) -> list[Path]:
    """Write the JSON, and the page too when `docs`; return what was written."""
    known = {**_known(root / JSON), **{outcome.mutant: outcome.to_json() for outcome in outcomes}}
    (root / JSON).parent.mkdir(parents=True, exist_ok=True)
    (root / JSON).write_text(json.dumps(known, indent=2) + "\n")
    if not docs:
        return [root / JSON]
    page = root / DOCS
    page.write_text(merged(page.read_text() if page.exists() else "", outcomes))
    return [root / JSON, page]


def _known(path: Path) -> Mapping[str, object]:
    try:
        raw = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}
