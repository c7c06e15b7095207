"""Real runs against a database that does wrong: what no part of the platform guards, its mutants cannot show."""

import shlex
from pathlib import Path

import pytest

from chaos.experiment import Experiment, FaultStep
from chaos.mutants.verdict import reds
from chaos.run import run_experiment
from chaos.tests.conftest import Aim

EXPERIMENT = Experiment(
    name="wrong-database",
    promise="A database that does wrong is found out.",
    # More reads than writes: whatever was written is looked for several times.
    workloads={"ledger-read": 50.0, "ledger": 10.0},
    steady_s=0.5,
    faults=(FaultStep(kind="command", on="endpoint", hold_s=1),),
    bounds={"write_gap": 30, "read_gap": 30},
)
NEWEST = "SELECT * FROM chaos_ledger ORDER BY at DESC LIMIT 3"
FORGET = f"DELETE FROM chaos_ledger USING ({NEWEST}) newest WHERE chaos_ledger.value = newest.value"
# Ten times a second the rows are there and are not.
FLICKER = """
ALTER TABLE chaos_ledger RENAME TO aside;
CREATE VIEW chaos_ledger AS SELECT * FROM aside WHERE extract(epoch FROM clock_timestamp()) % 0.2 < 0.1
"""
STEADY = "DROP VIEW chaos_ledger; ALTER TABLE aside RENAME TO chaos_ledger"
LOCK = "BEGIN; LOCK TABLE chaos_ledger; SELECT pg_sleep(2); COMMIT"


pytestmark = pytest.mark.usefixtures("hurried")


@pytest.mark.parametrize(
    ("does", "heals", "must", "may"),
    [
        (f"INSERT INTO chaos_ledger {NEWEST}", "", {"duplicated"}, set()),
        (f"INSERT INTO chaos_ledger SELECT value || 'x', at FROM ({NEWEST}) n", "", {"unexpected"}, set()),
        (
            FORGET,
            "",
            {"lost", "shown-then-lost", "outside-newest-history"},
            {"stale-read", "non-monotonic-read"},
        ),
        (FLICKER, STEADY, {"stale-read", "non-monotonic-read"}, set()),
        (LOCK, "", {"write-gap", "read-gap"}, set()),
    ],
    ids=["repeats", "invents", "forgets", "flickers", "waits"],
)
def test_a_database_that_does_wrong_is_found_out(
    does: str, heals: str, must: set[str], may: set[str], aim: Aim, psql: str, tmp_path: Path
) -> None:
    target = aim(
        *(f"{psql} -c {shlex.quote(statements)}" if statements else None for statements in (does, heals))
    )
    gaps = {"write_gap": 1.0, "read_gap": 1.0} if "read-gap" in must else EXPERIMENT.bounds
    with target:
        verdict = run_experiment(
            target, EXPERIMENT.model_copy(update={"bounds": gaps}), tmp_path / "h.jsonl", seed=7
        )
    assert verdict.valid, verdict.invalid_because
    assert must <= set(reds(verdict)) <= must | may, verdict.findings
