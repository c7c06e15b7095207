from pathlib import Path

import pytest

from chaos.experiment import names
from chaos.report.cli import ROOT
from chaos.report.promises import SOAKS, Promise, between_markers, known, page, table
from chaos.report.results import ReportError
from chaos.report.tests.results import LOST, report, result

POD = Promise(experiment="pod-lost", short="A pod may go", tests=("e2e/test_failover.py",))


def test_a_row_says_how_often_it_was_kept_and_how_long_clients_waited() -> None:
    runs = (result(gap, number=n) for n, gap in enumerate([2.0, 3.0, 9.0]))
    row = table(report(*runs), [POD]).splitlines()[2]
    assert row.startswith(
        "| A pod may go | kept in 3 of 3 runs; write gap through pgpool 3.0 / 9.0 / 9.0 s |"
    )
    assert "chaos/experiments/pod-lost.yaml" in row


def test_a_broken_promise_is_not_hidden() -> None:
    row = table(report(result(), result(number=2, findings=(LOST,))), [POD]).splitlines()[2]
    assert "**broken in 1 of 2 runs** (lost)" in row


def test_what_was_never_run_says_so() -> None:
    assert "| A pod may go | not measured yet |" in table(report(), [POD])


def test_another_target_is_not_this_platform() -> None:
    assert "not measured yet" in table(report(result(target="dsn")), [POD])


def test_under_the_table_stand_all_versions_that_are_in_it_and_the_worst_of_their_conditions() -> None:
    late = {**result().figures, "lateness_p99": 0.021}
    old = result(figures=late, share=0.25)
    new = result(experiment="drain", version="v2", began="2026-11-25T00:00:00+00:00", share=0.5)
    under = table(report(old, new), [POD, Promise(experiment="drain", short="A node may be emptied")])
    assert "25% to 50% of its clients, 2026-11-24 to 2026-11-25, version `v2`, `v1`" in under
    assert "late by at most 21 ms" in under


def test_the_page_shows_figures_goals_and_conditions() -> None:
    text = page(report(result(3.0)), [POD])
    assert "| write_gap.pgpool | 1 (few) | 3.0 s | 3.0 s | 3.0 s | 4 / 6 s | 2 / 3 s | met |" in text
    assert "kind, 2 cores, 3 members, 1 synchronous, profile `fast`, 2026-11-24, version `v1`" in text


def test_an_experiment_that_nobody_listed_is_on_the_page() -> None:
    assert "A pod may vanish." in page(report(result()), [])


def test_only_what_is_between_the_markers_changes() -> None:
    readme = "a\n<!-- promises:begin -->\nold\n<!-- promises:end -->\nb\n"
    assert between_markers(readme, "new\n") == readme.replace("old", "new")


@pytest.mark.parametrize("readme", ["", "<!-- promises:end --><!-- promises:begin -->"])
def test_a_readme_without_its_markers_is_refused(readme: str) -> None:
    with pytest.raises(ReportError, match="promises:begin"):
        between_markers(readme, "new\n")


@pytest.mark.parametrize("promise", known(), ids=lambda promise: promise.experiment or promise.short)
def test_what_is_said_to_prove_a_promise_exists(promise: Promise) -> None:
    assert promise.experiment in {*names(), *SOAKS, ""}
    assert promise.experiment or promise.tests
    assert [test for test in promise.tests if not Path(ROOT / test).exists()] == []


def test_the_baseline_is_shown_beside_the_promise_and_is_none() -> None:
    slow = result(31.0, number=2, version="v2", profile="bitnami")
    text = page(report(result(3.0), slow), [POD])
    assert "| write_gap.pgpool | 1 (few) | 3.0 s | 3.0 s | 3.0 s | 4 / 6 s | 2 / 3 s |" in text
    assert "| write_gap.pgpool | 1 (few) | 31.0 s | 31.0 s | 31.0 s |\n" in text
    assert "31" not in table(report(result(3.0), slow), [POD])
    assert "not measured yet" in table(report(slow), [POD])
