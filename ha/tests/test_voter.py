import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ha.failpoints import Failpoints
from ha.node.voter import Busy, Voter
from ha.settings import Secrets, Settings
from ha.tests.test_settings import RAW
from ha.vote.epoch import Epoch
from ha.vote.record import Lost, Record

PROMISE = Record(promise=Epoch(7))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.parse(RAW, Secrets(), me="postgres-1"), volume=tmp_path)


def test_a_promise_outlives_the_process(settings: Settings) -> None:
    Voter(settings).keep(PROMISE)
    assert Voter(settings).recall(empty=False) == PROMISE


def test_a_mutant_forgets_its_promise(settings: Settings) -> None:
    forgetful = replace(settings, failpoints=Failpoints({"promise-volatile": True}))
    Voter(forgetful).keep(PROMISE)
    assert isinstance(Voter(forgetful).recall(empty=False), Lost)


def test_a_missing_record_beside_data_was_there_once(settings: Settings) -> None:
    for empty in (True, False):
        memory = Voter(settings).recall(empty=empty)
        assert isinstance(memory, Lost)
        assert memory.blank is empty


def test_two_decisions_about_one_node_wait_for_each_other(settings: Settings) -> None:
    voter, refused = Voter(settings), threading.Event()

    def second() -> None:
        try:
            with voter.alone(0.01):
                pass
        except Busy:
            refused.set()

    with voter.alone():
        other = threading.Thread(target=second)
        other.start()
        other.join()
    assert refused.is_set()


def test_what_dies_with_postgresql(settings: Settings) -> None:
    voter = Voter(settings)
    voter.leads = voter.following = Epoch(3)
    voter.stopped()
    assert {voter.leads, voter.following} == {None}
