"""Real runs against this machine's own PostgreSQL; the faults are shell commands."""

from pathlib import Path

import pytest

from chaos.checkers.verdict import Verdict
from chaos.conftest import Postgres
from chaos.events import FaultMark, Health, Operation, Present, Run
from chaos.experiment import Experiment, ExperimentError, FaultStep
from chaos.history import History, read
from chaos.run import RunError, recording, run_experiment
from chaos.run_signals import interrupted_by_signals
from chaos.targets.base import Observer
from chaos.targets.dsn import DsnTarget
from chaos.tests.conftest import Aim

WORKLOADS = {"ledger-read": 20.0, "ledger": 50.0, "ledger-session": 50.0}
QUICK = Experiment(
    name="quick", promise="Nothing is lost.", workloads=WORKLOADS, steady_s=0.1, bounds={"write_gap": 10}
)
BROKEN = QUICK.with_faults([FaultStep(kind="command", on="endpoint")])
pytestmark = pytest.mark.usefixtures("hurried")


def judged(target: DsnTarget, experiment: Experiment, path: Path) -> Verdict:
    with target:
        return run_experiment(target, experiment, path, seed=7)


def test_a_server_that_crashes_and_recovers_keeps_its_word(aim: Aim, psql: str, tmp_path: Path) -> None:
    whom = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    verdict = judged(aim(f'kill -9 $({psql} -c "{whom}")'), BROKEN, path := tmp_path / "h.jsonl")
    assert verdict.passed, (verdict.findings, verdict.invalid_because)
    assert verdict.figures["write_gap.ledger-session"] > 0.02
    run, *events = read(path)
    assert isinstance(run, Run)
    assert (run.experiment, run.target, run.seed) == ("quick", "dsn", 7)
    assert [e.action for e in events if isinstance(e, FaultMark)] == ["inject", "heal"]
    last = max(e.completed for e in events if isinstance(e, Operation))
    assert all(e.at > last for e in events if isinstance(e, Present))
    assert any(isinstance(e, Health) and not e.troubles for e in events)


def test_rows_that_the_command_deletes_are_lost(aim: Aim, psql: str, tmp_path: Path) -> None:
    # Other tests leave rows in the same table; the newest ones are of this run.
    newest = "SELECT value FROM chaos_ledger ORDER BY at DESC LIMIT 3"
    delete = f"DELETE FROM chaos_ledger WHERE value IN ({newest})"
    verdict = judged(aim(f'{psql} -c "{delete}"'), BROKEN, tmp_path / "h.jsonl")
    assert {(f.checker, f.count) for f in verdict.findings} >= {("lost", 3)}


def test_a_command_that_fails_is_healed_and_says_nothing(aim: Aim, tmp_path: Path) -> None:
    target = aim("false", f"touch {tmp_path}/healed")
    with pytest.raises(RunError, match=r"command on endpoint could not be injected: .* ended with 1"):
        judged(target, BROKEN, tmp_path / "h.jsonl")
    assert (tmp_path / "healed").exists()


def test_a_run_that_is_told_to_end_heals_first_and_leaves_no_rows(
    aim: Aim, postgres: Postgres, tmp_path: Path
) -> None:
    def interrupted() -> None:
        with interrupted_by_signals(), aim("kill -TERM $PPID", f"touch {tmp_path}/healed") as target:
            run_experiment(target, held, path)

    held = QUICK.with_faults([FaultStep(kind="command", on="endpoint", hold_s=60)])
    path = tmp_path / "h.jsonl"
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        interrupted()
    run, *events = read(path)
    assert isinstance(run, Run)
    assert (tmp_path / "healed").exists()
    assert [e.action for e in events if isinstance(e, FaultMark)] == ["inject", "heal"]
    assert not any(isinstance(e, Present) for e in events)


def test_what_the_caller_of_a_recording_leaves_broken_is_healed(aim: Aim, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    with aim("true", f"touch {tmp_path}/healed") as target, recording(target, QUICK, path) as live:
        live.wait_steady()
        live.inject("command", "endpoint")
        assert not (tmp_path / "healed").exists()
    assert (tmp_path / "healed").exists()
    assert any(isinstance(e, Present) and e.last for e in read(path))


def test_a_broken_observer_makes_a_run_say_nothing(
    aim: Aim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind:
        name = "eye"

        def observe(self, history: History, stop: object) -> None:
            raise ValueError("no light")

    blind: list[Observer] = [Blind()]
    monkeypatch.setattr(DsnTarget, "observers", lambda self: blind)
    with pytest.raises(RunError, match=r"observer eye broke: ValueError: no light\. The run says nothing"):
        judged(aim(), QUICK, tmp_path / "h.jsonl")


def test_a_kind_that_the_target_does_not_have_is_named_before_anything_is_written(
    aim: Aim, tmp_path: Path
) -> None:
    path = tmp_path / "h.jsonl"
    with pytest.raises(ExperimentError, match=r"quick: dsn has no fault command, there are none\."):
        judged(aim(), BROKEN, path)
    todos = QUICK.model_copy(update={"workloads": {"todos": 1}})
    with pytest.raises(ExperimentError, match="dsn has no workload todos, there are ledger, ledger-read"):
        judged(aim(), todos, path)
    assert not path.exists()
