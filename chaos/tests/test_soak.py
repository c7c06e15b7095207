import time
from itertools import islice
from pathlib import Path
from typing import cast

import pytest

from chaos import run_health, run_live, soak
from chaos.campaign import finished
from chaos.checkers import validity
from chaos.cli_soak import table
from chaos.conftest import Postgres
from chaos.events import Run
from chaos.experiment import Experiment, FaultStep
from chaos.faults.plan import random_plan
from chaos.history import stream
from chaos.run_errors import RunError
from chaos.run_progress import Progress
from chaos.targets.dsn import DsnTarget

QUICK = Experiment(name="x", promise="p", workloads={"ledger": 40.0}, steady_s=0.1, bounds={"write_gap": 5})
GOOD = FaultStep(kind="command", on="endpoint")


@pytest.fixture
def target(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DsnTarget:
    monkeypatch.setattr(run_live, "STEADY_S", 0.1)
    monkeypatch.setattr(run_health, "HEALTH_S", 0.1)
    monkeypatch.setattr(validity, "LATE_S", 10.0)
    dsn = f"postgresql://todo@127.0.0.1:{postgres.endpoint.port}/postgres"
    # Fails when there is a file of that name.
    return DsnTarget(dsn, inject=f"test ! -e {tmp_path}/broken", heal=f"echo healed >>{tmp_path}/healed")


def rounds(target: DsnTarget, build: Path, until: float, most: int = 2) -> list[soak.Round]:
    going = soak.rounds(
        target,
        QUICK,
        lambda number: [GOOD],
        name=soak.SOAK,
        build=build,
        seed=7,
        first=3,
        last=4,
        until=until,
        progress=Progress(),
    )
    return list(islice(going, most))


def test_each_round_has_a_history_and_a_seed_of_its_own(target: DsnTarget, tmp_path: Path) -> None:
    with target:
        done = rounds(target, tmp_path, time.monotonic() + 600, 3)
    assert [one.passed for one in done] == [True, True]
    seeds = [cast(Run, next(stream(path))).seed for path in finished(done[0].path.parent)]
    assert seeds == [7003, 7004]
    assert table(done).row_count == 2


def test_rounds_that_say_nothing_are_healed_and_end_the_soak(
    target: DsnTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").touch()
    monkeypatch.setattr(soak, "FAILED_IN_A_ROW", 2)
    with target, pytest.raises(RunError, match="2 rounds in a row say nothing, so the soak ends"):
        rounds(target, tmp_path, time.monotonic() + 600, 3)
    assert (tmp_path / "healed").read_text().count("healed") == 3


def test_no_round_begins_after_the_end(target: DsnTarget, tmp_path: Path) -> None:
    with target:
        assert rounds(target, tmp_path, time.monotonic()) == []


def test_a_plan_becomes_the_steps_of_an_experiment() -> None:
    plan = random_plan(1, 2)
    assert [(s.kind, s.on, s.after_s, s.hold_s) for s in soak.steps_of(plan)] == [
        (s.kind, s.on, s.after_s, s.hold_s) for s in plan.steps
    ]
