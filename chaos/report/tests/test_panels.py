import math

import pytest

from chaos.events import Operation, Read
from chaos.report.panels import longest_pause, panels


@pytest.mark.parametrize(
    ("acknowledged", "begin", "end", "expected"),
    [
        ([9.0, 9.9, 13.1, 13.2], 10.0, 14.0, (9.9, 13.1, True)),
        (
            [1.0, 8.0, 9.9, 10.1, 11.9, 12.0],
            10.0,
            12.5,
            (10.1, 11.9, True),
        ),  # what ended before does not count
        ([9.9, 10.1, 20.0], 10.0, 15.0, (10.1, 15.0, False)),  # what ends after the next fault is open
        ([9.0, 9.9], 10.0, 10.5, (9.9, 10.5, False)),
        ([11.0, 12.0], 10.0, 14.0, None),
        ([1.0, 3.0, 8.0], -math.inf, 8.5, (3.0, 8.0, True)),
        ([], 10.0, 14.0, None),
    ],
)
def test_the_longest_pause_ends_after_the_injection(
    acknowledged: list[float], begin: float, end: float, expected: object
) -> None:
    assert longest_pause(acknowledged, begin, end) == expected


def write(workload: str, at: float, outcome: str = "ok") -> Operation:
    return Operation(workload, f"{workload}{at}", at, at, at + 0.1, outcome)  # type: ignore[arg-type]


def test_workloads_are_grouped_and_times_relative() -> None:
    read = Read("todos-read", "v", 10.0, 10.0, 10.5, "ok", found=True)
    found = panels(
        [write("pgpool", 9.0), write("direct", 12.0), write("todos", 11.0, "fail"), read], 10.0, 13.0, {}
    )
    assert [panel.title for panel in found] == ["SQL writes", "HTTP writes", "reads"]
    assert [dot.at for dot in found[0].dots] == [-1.0, 2.0]
    assert [dot.kind for panel in found[1:] for dot in panel.dots] == ["fail", "ok"]


@pytest.mark.parametrize(("at", "kind"), [(9.9, "absent"), (10.2, "ok"), (None, "ok")])
def test_a_read_must_show_what_was_acknowledged_before_it_was_sent(at: float | None, kind: str) -> None:
    read = Read("pgpool-read", "v", 10.0, 10.1, 10.5, "ok", found=False)
    [panel] = panels([read], 10.0, 13.0, {} if at is None else {"v": at})
    assert panel.dots[0].kind == kind


def test_a_workload_that_never_returns_has_an_open_gap() -> None:
    [panel] = panels([write("pgpool", 9.0), write("pgpool", 11.0, "fail")], 10.0, 13.0, {})
    [gap] = panel.gaps
    assert (gap.closed, round(gap.seconds, 3)) == (False, 3.9)
