from chaos.events import FaultMark
from chaos.report.faultlines import placed, rows

CUT = FaultMark("members-cut", "inject", 0.0, "postgres-1<>postgres-0,postgres-1<>postgres-2")
LOST = FaultMark("pod-lost", "inject", 1.0, "postgres-1")


def test_names_that_would_overlap_stand_above_each_other() -> None:
    assert [line.row for line in placed([CUT, LOST], None, -5, 20, per_s=0.4)] == [0, 1]
    assert rows(placed([CUT, LOST], None, -5, 20, per_s=0.4)) == 2


def test_names_far_apart_share_a_row() -> None:
    heal = FaultMark("pod-lost", "heal", 15.0, "postgres-1")
    assert [line.row for line in placed([LOST, heal], None, -5, 25, per_s=0.4)] == [0, 0]


def test_a_name_at_the_right_edge_stands_left_of_its_line() -> None:
    assert [line.leftwards for line in placed([LOST], 19.0, -5, 20, per_s=0.4)] == [False, True]


def test_a_long_name_is_cut_and_a_line_outside_is_left_out() -> None:
    [line] = placed([CUT], 99.0, -5, 20, per_s=0.4)
    assert line.text.endswith("...")
    assert len(line.text) < len(CUT.on) + 20
