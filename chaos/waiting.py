"""Waits until what was seen is right."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TypeVar

import psycopg2
import requests
from tenacity import RetryCallState, Retrying, retry_any, retry_if_exception_type, retry_if_not_result
from tenacity import stop_after_delay as after
from tenacity import wait_fixed as every

__all__ = ["eventually"]

POLL_S = 0.5
UNANSWERED = (
    psycopg2.Error,
    requests.RequestException,
    subprocess.CalledProcessError,
    subprocess.TimeoutExpired,
    TimeoutError,
)
"""Whoever is asked while something is broken may not answer; that is a value like another."""
T = TypeVar("T")


def eventually(look: Callable[[], T], until: Callable[[T], bool], *, within: float) -> T:
    """Look again and again until what was seen is right, and return it.

    Raises AssertionError with the last thing seen after `within` seconds. Errors of those who were asked
    count as seen; any other error is raised at once.
    """

    def give_up(state: RetryCallState) -> T:
        outcome = state.outcome
        assert outcome is not None
        seen = repr(outcome.exception()) if outcome.failed else str(outcome.result())
        raise AssertionError(f"not within {within:g} s; last seen: {seen}")

    return Retrying(
        stop=after(within),
        wait=every(POLL_S),
        retry=retry_any(retry_if_exception_type(UNANSWERED), retry_if_not_result(until)),
        retry_error_callback=give_up,
    )(look)
