import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ha.failpoints import Failpoints
from ha.node.voter import Busy, Voter
from ha.settings import Secrets, Settings
from ha.tests.test_settings import RAW
from ha.vote.epoch import Epoch
from ha.vote.lineage import position
from ha.vote.record import Lost, Record, Reign

PROMISE = Record(promise=Epoch(7))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.parse(RAW, Secrets(), me="postgres-1"), volume=tmp_path)


def test_a_promise_outlives_the_process(settings: Settings) -> None:
    Voter(settings).keep(PROMISE)
    assert Voter(settings).recall(empty=False) == PROMISE


def mutant(settings: Settings, name: str) -> Voter:
    return Voter(replace(settings, failpoints=Failpoints({name: True})))


def test_a_mutant_forgets_its_promise_with_its_process_and_nothing_else(settings: Settings) -> None:
    voter, record = mutant(settings, "promise-volatile"), replace(PROMISE, floor=Epoch(3))
    voter.keep(replace(record, holds=frozenset({Epoch(7)})))
    assert voter.memory == replace(record, holds=frozenset({Epoch(7)}))
    assert Voter(settings).recall(empty=False) == replace(record, promise=Epoch(3))


def test_a_mutant_tells_how_much_it_holds_and_not_whose_it_is(settings: Settings) -> None:
    behind, ahead = (
        Record(reigns=(Reign(Epoch(0), 0),)),
        Record(reigns=(Reign(Epoch(0), 0), Reign(Epoch(4), 8))),
    )
    for name, expected in (("gate-open", True), ("lineage-off", False)):
        voter, told = mutant(settings, name), []
        for voter.memory, lsn in ((ahead, 9), (behind, 10)):
            assert isinstance(voter.told, Record)
            told.append(position(voter.told, lsn))
        assert (told[0] > told[1]) is expected


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


def test_two_decisions_of_a_mutant_do_not(settings: Settings) -> None:
    voter, entered = mutant(settings, "lock-off"), threading.Event()

    def second() -> None:
        with voter.alone(0.01):
            entered.set()

    with voter.alone():
        other = threading.Thread(target=second)
        other.start()
        other.join()
    assert entered.is_set()


def test_what_dies_with_postgresql(settings: Settings) -> None:
    voter = Voter(settings)
    voter.leads = voter.following = Epoch(3)
    voter.stopped()
    assert {voter.leads, voter.following} == {None}
