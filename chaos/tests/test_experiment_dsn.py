import pytest

from chaos.experiment import Experiment, ExperimentError, load, names
from chaos.experiment_dsn import for_endpoint


def test_ways_into_the_platform_become_the_one_way_there_is() -> None:
    fitted, notes = for_endpoint(load("pod-lost"), command=True)
    assert fitted.workloads == {"ledger": 20, "ledger-session": 2, "ledger-read": 5}
    assert notes[0].startswith("not asked of a mere endpoint: todos")


def test_gaps_are_bound_and_targeted_as_before_and_nothing_else_is() -> None:
    fitted, _ = for_endpoint(load("pod-lost"), command=True)
    assert fitted.bounds == {"write_gap": 30, "read_gap": 30}
    assert sorted(fitted.targets) == ["read_gap.ledger-read", "write_gap.ledger"]


def test_all_faults_become_the_command_held_as_long_as_the_first() -> None:
    fitted, _ = for_endpoint(load("node-cut"), command=True)
    assert [(step.kind, step.hold_s) for step in fitted.faults] == [("command", 20)]


def test_without_a_command_nothing_is_broken_and_that_is_said() -> None:
    fitted, notes = for_endpoint(load("command"), command=False)
    assert fitted.faults == ()
    assert notes == ["nothing is broken: there is no --inject CMD"]


def test_http_alone_cannot_be_asked_of_a_database() -> None:
    experiment = Experiment(name="x", promise="p", workloads={"todos": 1})
    with pytest.raises(ExperimentError, match="none of its workloads is for a mere PostgreSQL"):
        for_endpoint(experiment, command=True)


@pytest.mark.parametrize("name", names())
def test_every_experiment_can_be_run_on_any_postgresql(name: str) -> None:
    assert for_endpoint(load(name), command=True)[0].workloads
