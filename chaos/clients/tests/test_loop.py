import os
import time
from collections.abc import Generator, Iterator

import pytest

from chaos.clients.loop import Loop
from chaos.clients.tests.driving import drive
from chaos.clients.threads import in_thread
from chaos.clients.workload import NOTHING, Wait
from chaos.events import Attempt

LATE = Attempt("unknown", "late")


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def soon() -> float:
    return time.monotonic() + 0.02


def never() -> float:
    return time.monotonic() + 20


def waits(fd: int, deadline: float) -> Generator[Wait, bool, bool]:
    return (yield Wait(fd, "read", deadline))


def test_a_step_hears_whether_it_came_or_was_too_late() -> None:
    ear, mouth = os.pipe()
    assert drive(waits(ear, soon())) is False
    os.write(mouth, b"x")
    assert drive(waits(ear, never())) is True
    os.close(ear)
    os.close(mouth)


def test_what_had_come_when_the_loop_was_late_came_in_time() -> None:
    ear, mouth = os.pipe()
    os.write(mouth, b"x")
    assert drive(waits(ear, time.monotonic() - 1)) is True
    os.close(ear)
    os.close(mouth)


def test_a_step_may_wait_for_time_alone_again_and_again() -> None:
    def rests() -> Generator[Wait, bool, tuple[bool, bool]]:
        return (yield Wait(NOTHING, "read", soon())), (yield Wait(NOTHING, "read", soon()))

    assert drive(rests()) == (False, False)


def test_a_step_that_waits_twice_until_one_deadline_is_told_twice() -> None:
    def stubborn(deadline: float) -> Generator[Wait, bool, tuple[bool, bool]]:
        return (yield Wait(NOTHING, "read", deadline)), (yield Wait(NOTHING, "read", deadline))

    assert drive(stubborn(soon())) == (False, False)


def test_a_step_that_ends_at_once_is_ended(loop: Loop) -> None:
    def nothing() -> Generator[Wait, bool, str]:
        return "done"
        yield

    ended: list[str] = []
    loop.start(nothing(), ended.append)
    assert (ended, loop.under_way) == (["done"], 0)


def test_calls_come_in_the_order_of_their_times(loop: Loop) -> None:
    called: list[str] = []
    now = time.monotonic()
    loop.at(now + 0.02, lambda: called.append("second"))
    loop.at(now + 0.01, lambda: called.append("first"))
    while len(called) < 2:
        loop.turn()
    assert called == ["first", "second"]


def test_a_crowd_of_answers_holds_up_no_call(loop: Loop) -> None:
    """The call is due while the first of fifty answers is handled; it does not wait for the other forty-nine."""
    pipes = [os.pipe() for _ in range(50)]
    order: list[str] = []

    def slow(fd: int) -> Generator[Wait, bool, None]:
        yield Wait(fd, "read", never())
        order.append("answer")
        if order == ["answer"]:
            time.sleep(0.03)

    for ear, mouth in pipes:
        os.write(mouth, b"x")
        loop.start(slow(ear), lambda _: None)
    loop.at(time.monotonic() + 0.01, lambda: order.append("call"))
    while len(order) < 51:
        loop.turn()
    assert order.index("call") <= 1
    for pipe in pipes:
        os.close(pipe[0])
        os.close(pipe[1])


def test_closing_ends_a_step_where_it_stands() -> None:
    told: list[str] = []

    def step() -> Generator[Wait, bool, None]:
        try:
            yield Wait(NOTHING, "read", never())
        finally:
            told.append("closed")

    loop = Loop()
    loop.start(step(), lambda _: None)
    loop.close()
    assert told == ["closed"]


def test_a_blocking_call_blocks_nobody_and_is_given_up_in_time() -> None:
    def slow() -> Attempt:
        time.sleep(0.3)
        return Attempt("ok")

    began = time.monotonic()
    assert drive(in_thread(slow, soon(), LATE)) == LATE
    assert time.monotonic() - began < 0.25


def test_a_blocking_call_that_ends_is_heard() -> None:
    assert drive(in_thread(lambda: Attempt("ok"), never(), LATE)) == Attempt("ok")


def test_an_error_in_a_thread_is_raised_in_the_loop() -> None:
    with pytest.raises(ZeroDivisionError):
        drive(in_thread(lambda: Attempt("ok", str(1 / 0)), never(), LATE))
