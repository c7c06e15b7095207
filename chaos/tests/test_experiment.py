from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from chaos.deadlines import DEADLINES
from chaos.experiment import ExperimentError, load, names
from chaos.faults.kinds import KINDS
from chaos.faults.plan_rules import clash
from chaos.targets.dsn import WORKLOADS
from chaos.targets.dsn_command import KIND as COMMAND
from chaos.targets.kind_clients import SUMMARIES
from chaos.targets.kind_roles import Cast, Seat, aim

GOOD: dict[str, Any] = {"name": "x", "promise": "Nothing is lost.", "workloads": {"pgpool": 20}}


def written(folder: Path, **change: Any) -> str:
    path = folder / "x.yaml"
    path.write_text(yaml.safe_dump(GOOD | change))
    return str(path)


def complaint(folder: Path, **change: Any) -> str:
    with pytest.raises(ExperimentError) as told:
        load(written(folder, **change))
    return str(told.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize("name", names())
def test_every_experiment_loads(name: str) -> None:
    experiment = load(name)
    assert experiment.promise.endswith(".")
    assert experiment.bounds


def test_on_is_a_key_and_no_boolean(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("{name: x, promise: p, workloads: {pgpool: 1}, faults: [{kind: pod-lost, on: primary}]}")
    assert load(str(path)).faults[0].on == "primary"


def test_a_bound_may_be_a_named_deadline(tmp_path: Path) -> None:
    experiment = load(written(tmp_path, bounds={"write_gap": "promoted", "read_gap.pgpool": 2}))
    assert experiment.bounds == {"write_gap": DEADLINES.promoted, "read_gap.pgpool": 2}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"workloads": {"pgpool": 0}}, "workloads.pgpool is 0, it must be a number above 0."),
        ({"workloads": {}}, "workloads is {}, it must be operations a second by kind of workload."),
        ({"promise": None}, "promise is None, it must be one sentence: what users may rely on."),
        ({"name": "y"}, "name is y, it must be x like the file."),
        ({"fault": []}, "fault is an unknown key, there are name, promise, workloads, steady_s, faults, bou"),
        ({"faults": [{"kind": "a"}]}, "faults.0.on is missing, it must be a role such as primary, or a name"),
        (
            {"faults": [{"kind": "a", "on": "b", "hold_s": -1}]},
            "faults.0.hold_s is -1, it must be seconds, 0",
        ),
        (
            {"faults": [{"kind": "a", "on": "b", "hold": 1}]},
            "faults.0.hold is an unknown key, there are kind,",
        ),
        ({"faults": [3]}, "faults.0 is 3, it must be {kind, on, after_s, hold_s}."),
        ({"bounds": {"write_gap": "soon"}}, "bounds: 'soon' must be seconds or one of api_call, service, "),
        (
            {"bounds": {"gap": 1}},
            "bounds.gap is unknown, it must be write_gap, read_gap, either with .WORKLOAD",
        ),
        ({"bounds": {"write_gap.todos": 1}}, "bounds.write_gap.todos is about a workload that is not among"),
        (
            {"targets": {"redundancy": {"must": {"p50": 2}}}},
            "targets.redundancy.must.p95 is missing, it must be",
        ),
        (
            {"targets": {"redundancy": {"must": {"p50": 2, "p95": 1}}}},
            "targets.redundancy.must: p95 must be at ",
        ),
        ({"targets": {"redundancy": 2}}, "targets.redundancy is 2, it must be {must: {p50, p95}, aim: {p50,"),
    ],
)
def test_a_wrong_key_is_named_with_what_would_be_right(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    assert complaint(tmp_path, **change).startswith(f"x.yaml: {sentence}")


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("faults: [")
    with pytest.raises(ExperimentError, match=r"x\.yaml cannot be read as YAML"):
        load(str(tmp_path / "x.yaml"))


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- quiet")
    with pytest.raises(ExperimentError, match=r"x\.yaml must be a mapping with the keys name, promise"):
        load(str(tmp_path / "x.yaml"))


def test_an_unknown_name_gets_the_nearest_one_or_the_list() -> None:
    with pytest.raises(ExperimentError, match=r"There is no experiment pod-lots; did you mean pod-lost\?"):
        load("pod-lots")
    with pytest.raises(ExperimentError, match=r"there are agent-killed, .* or give a \.yaml"):
        load("zzz")


@pytest.mark.parametrize("name", names())
def test_every_experiment_uses_kinds_that_there_are(name: str) -> None:
    experiment = load(name)
    assert set(experiment.workloads) <= {*SUMMARIES, *WORKLOADS}
    for step in experiment.faults:
        assert step.kind in {*KINDS, COMMAND}
        assert step.kind == COMMAND or step.hold_s > 0 or KINDS[step.kind].heals_itself


@pytest.mark.parametrize("name", names())
def test_every_experiment_hits_roles_that_there_are_on_a_healthy_platform(name: str) -> None:
    seats = [Seat(f"postgres-{n}", f"w{n}", "standby" if n else "primary", streaming=n > 0) for n in range(3)]
    cast = Cast(seats, {"pgpool-a": "w0", "pgpool-b": "w1"}, ["cp", "w0", "w1", "w2"])
    for step in load(name).faults:
        if step.kind != COMMAND:
            assert aim(cast, KINDS[step.kind].aims_at, step.on)


@pytest.mark.parametrize("name", names())
def test_no_fault_of_an_experiment_keeps_another_from_being_healed(name: str) -> None:
    steps = [step for step in load(name).faults if step.kind != COMMAND]
    for one, other in combinations(steps, 2):
        together = other.after_s <= one.after_s + one.hold_s and one.after_s <= other.after_s + other.hold_s
        assert not (together and clash((one.kind, one.on), (other.kind, other.on)))


def test_a_slower_machine_gets_fewer_clients_and_some_of_each() -> None:
    full = load("pod-lost")
    slowed = full.slowed(0.25).workloads
    assert set(slowed) == set(full.workloads)
    assert (slowed["pgpool"], slowed["todos-read"]) == (full.workloads["pgpool"] / 4, 1)
