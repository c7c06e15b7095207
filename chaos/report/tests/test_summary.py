import math

import pytest

from chaos.report.tests.results import LOST, report, result


def test_every_valid_run_counts_and_no_other() -> None:
    runs = [result(gap, number=n) for n, gap in enumerate([3.0, 2.0, 9.0])]
    late = result(99.0, number=9, valid=False, invalid_because=("the generator was late",))
    [measured] = report(*runs, late).measured
    assert (measured.n, measured.failed, measured.invalid) == (3, 0, 1)
    assert measured.invalid_because == {"the generator was late": 1}
    assert (measured.figures["write_gap.pgpool"].median, measured.figures["write_gap.pgpool"].max) == (
        3.0,
        9.0,
    )


def test_a_failed_run_is_in_the_figures_and_named() -> None:
    [measured] = report(result(number=1), result(math.inf, number=2, findings=(LOST,))).measured
    [broken] = measured.broken
    assert (measured.n, measured.failed, measured.passed) == (2, 1, 1)
    assert (broken.checker, broken.runs, broken.count, broken.history) == (
        "lost",
        1,
        2,
        "pod-lost/v1/002.jsonl",
    )
    assert measured.figures["write_gap.pgpool"].max == math.inf


def test_findings_of_an_invalid_run_prove_nothing() -> None:
    [measured] = report(result(number=2, findings=(LOST,), valid=False)).measured
    assert (measured.failed, measured.broken) == (0, ())


@pytest.mark.parametrize("newest", ["a", "z"])
def test_versions_are_never_mixed_and_the_newest_is_reported(newest: str) -> None:
    old = [result(8.0, number=n, version="m") for n in (1, 2)]
    new = [result(2.0, number=n, version=newest) for n in (3, 4, 5)]
    found = report(*new, *old)
    assert [(m.version, m.n, m.figures["write_gap.pgpool"].max) for m in found.measured] == [(newest, 3, 2.0)]
    assert [(m.version, m.n) for m in found.older] == [("m", 2)]


def test_targets_are_apart() -> None:
    found = report(result(), result(target="dsn", number=2))
    assert [each.target for each in found.measured] == ["dsn", "kind"]


def test_it_is_compared_with_the_report_before() -> None:
    before = report(result(5.0, version="v0"))
    [measured] = report(result(3.0), previous=before).measured
    assert (measured.version_before, measured.before["write_gap.pgpool"].median) == ("v0", 5.0)


def test_an_experiment_that_was_never_run_is_there() -> None:
    [measured] = report().measured
    assert (measured.experiment, measured.n, measured.goals[0].must) == ("pod-lost", 0, (4.0, 6.0))


def test_conditions_are_the_worst_of_all_runs() -> None:
    late = {**result().figures, "lateness_p99": 0.03}
    conditions = report(result(), result(number=2, figures=late)).measured[0].conditions
    assert conditions is not None
    assert (conditions.lateness_p99, conditions.cores, conditions.profile) == (0.03, 2, "fast")
