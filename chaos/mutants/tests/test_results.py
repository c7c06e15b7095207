from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaos.mutants.cli import chosen, code
from chaos.mutants.results import DOCS, JSON, UNTRIED, merged, rows, write
from chaos.mutants.table import MUTANTS
from chaos.mutants.tests.platform import verdict
from chaos.mutants.verdict import Outcome, Word, conclude, failed
from chaos.settings import SettingsError

ASYNC = MUTANTS["async"]
KILLED = conclude(ASYNC, verdict(), verdict(), verdict("lost"))


SURVIVED = conclude(ASYNC, verdict(), verdict(), verdict())


def test_every_mutant_has_a_row_and_the_newest_outcome_wins() -> None:
    page = merged("", [SURVIVED])
    assert rows(page).keys() == MUTANTS.keys()
    assert "| survived | lost noticed nothing |" in rows(page)["async"]
    assert UNTRIED in rows(page)["gate-open"]
    again = merged(page, [KILLED])
    assert "| lost | killed | lost is broken (2) | 2026-11-24, v1 |" in rows(again)["async"]


def test_what_was_not_tried_keeps_what_was_seen_of_it() -> None:
    page = merged("", [KILLED])
    assert merged(page, []) == merged(page, [failed(ASYNC, "no rollout")]) == page


def test_a_mutant_that_is_no_more_loses_its_row() -> None:
    page = merged("", [KILLED]).replace("| async |", "| no-fence |")
    assert rows(merged(page, [])).keys() == MUTANTS.keys()


def test_programs_find_all_that_was_ever_seen_and_ci_writes_no_docs(tmp_path: Path) -> None:
    write(tmp_path, [KILLED], docs=False)
    (tmp_path / "docs").mkdir()
    write(tmp_path, [failed(MUTANTS["gate-open"], "no rollout")], docs=False)
    assert not (tmp_path / DOCS).exists()
    known = json.loads((tmp_path / JSON).read_text())
    assert {name: said["word"] for name, said in known.items()} == {"async": "killed", "gate-open": "error"}


def test_the_committed_table_is_about_the_mutants_there_are() -> None:
    page = (Path(__file__).parents[3] / DOCS).read_text()
    assert page == merged(page, [])
    for name, line in rows(page).items():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        mutant = MUTANTS[name]
        assert cells[1:4] == [mutant.off, mutant.experiment, mutant.red]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("killed", "killed"), 0),
        (("killed", "survived"), 1),
        (("unclear", "error"), 1),
        (("error", "killed"), 3),
        ((), 0),
    ],
)
def test_the_exit_code_tells_whether_all_were_killed(words: tuple[Word, ...], expected: int) -> None:
    assert code([Outcome("async", "lost", "e", word, "") for word in words]) == expected


def test_names_choose_and_ci_takes_its_own() -> None:
    assert [m.name for m in chosen(["gate-open"], ci=True)] == ["gate-open"]
    assert {m.name for m in chosen([], ci=True)} == {m.name for m in MUTANTS.values() if m.ci}
    assert len(chosen([], ci=False)) == len(MUTANTS)


def test_a_name_there_is_not_is_refused_with_a_sentence() -> None:
    with pytest.raises(SettingsError, match="There is no mutant asinc; there are async, "):
        chosen(["async", "asinc"], ci=False)
