"""What is committed says what was measured: README's table and docs/promises.md are made of docs/chaos-report.json."""

import pytest

from chaos.report.cli import ROOT
from chaos.report.measured import Report
from chaos.report.promises import between_markers, known, page, table
from chaos.report.written import read

AGAIN = "`python -m chaos report --publish` writes it"


@pytest.fixture(scope="module")
def committed() -> Report:
    return read(ROOT / "docs/chaos-report.json")


def test_the_page_of_promises_is_what_was_measured(committed: Report) -> None:
    assert (ROOT / "docs/promises.md").read_text() == page(committed, known()), AGAIN


def test_the_table_in_readme_is_what_was_measured(committed: Report) -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme == between_markers(readme, table(committed, known())), AGAIN


def test_only_this_platform_is_published(committed: Report) -> None:
    assert {each.target for each in committed.measured} == {"kind"}
