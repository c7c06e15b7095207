from hypothesis import given, settings

from chaos.checkers.judge import CHECKERS
from chaos.checkers.tests.arbitrary import histories
from chaos.checkers.tests.compare import FAST, SLOW, fast, obvious
from chaos.checkers.tests.reference import Events


def test_every_checker_has_an_obvious_one_beside_it() -> None:
    assert tuple(FAST) == tuple(SLOW) == CHECKERS


@settings(max_examples=200, deadline=None)
@given(histories())
def test_the_checkers_agree_with_the_obvious_ones_about_any_history(events: Events) -> None:
    assert {name: fast(name, events) for name in CHECKERS} == {
        name: obvious(name, events) for name in CHECKERS
    }
