"""One run of an experiment: steady, faults, heal, steady again, healthy, read back, judge."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chaos.checkers.judge import judge
from chaos.checkers.verdict import Verdict
from chaos.deadlines import DEADLINES
from chaos.events import Run
from chaos.experiment import Experiment, ExperimentError
from chaos.history import History, stream
from chaos.run_errors import RunError
from chaos.run_faults import Faults
from chaos.run_health import troubles_of
from chaos.run_live import SAY_S, Recording
from chaos.run_progress import Progress
from chaos.run_watch import Watch
from chaos.targets.base import Target

__all__ = ["MARK", "Recording", "RunError", "check", "recording", "recover", "run_experiment"]

MARK = "chaos-"
"""How every value of every run begins."""


def run_experiment(
    target: Target,
    experiment: Experiment,
    path: Path,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Run it once on an entered target, and judge what the history at `path` says.

    Raises:
        ExperimentError: the target has no such workload or fault.
        TargetError: the target cannot be used.
        RunError: nothing can be said; the history stays for people to look at.

    """
    progress = progress or Progress()
    check(target, experiment)
    progress.step(f"{experiment.name} on {target.name}; history: {path}")
    _wait_ready(target, progress)
    with recording(target, experiment, path, seed=seed, progress=progress) as live:
        live.wait_steady(DEADLINES.served)
        progress.step(f"every workload is acknowledged; {experiment.steady_s:g} s of it")
        live.hold(experiment.steady_s)
        if experiment.faults:
            live.play(experiment.faults)
            recover(live, experiment)
    progress.step("judging")
    return judge(stream(path))


def recover(live: Recording, experiment: Experiment) -> None:
    """Wait until every workload is acknowledged again for a while and the target is healthy, and note what is not."""
    live.progress.step("waiting until every workload is acknowledged again")
    try:
        live.wait_steady(DEADLINES.served)
        live.hold(experiment.steady_s)
    except RunError as error:
        # Not the end: whoever was not served is a finding, and that is for the judge to say.
        live.progress.note(str(error))


@contextmanager
def recording(
    target: Target,
    experiment: Experiment,
    path: Path,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Recording]:
    """Record what the experiment's clients and the target's observers see until the block ends.

    However it ends, everything that was broken in it is healed. When it ends well, the target is also waited
    for and what it holds is read back, so that the history can be judged. Raises as `run_experiment` does.
    """
    progress = progress or Progress()
    facts = target.facts()
    run = f"{MARK}{time.strftime('%H%M%S')}-{uuid.uuid4().hex[:6]}"
    load_into = target.load(experiment.workloads, run)
    with History(path) as history, ExitStack() as clients:
        history.append(
            Run(
                run=run,
                experiment=experiment.name,
                target=target.name,
                members=facts.members,
                sync_standbys=facts.sync_standbys,
                version=facts.version,
                began=datetime.now(UTC).isoformat(timespec="seconds"),
                at=time.monotonic(),
                profile=facts.profile,
                seed=seed,
                bounds=experiment.bounds,
                expected_pods=facts.expected_pods,
                cores=os.cpu_count() or 0,
                share=experiment.share,
            )
        )
        watch = clients.enter_context(Watch(history))
        for observer in target.observers():
            watch.start(observer)
        load = clients.enter_context(load_into(history))
        faults = Faults(target, run, history, watch, progress)
        live = Recording(target, run, history, load, faults, watch, progress)
        try:
            yield live
        finally:
            faults.heal_all()
        # Although it may have been healthy a moment ago: the last look must come after everything else.
        live.wait_healthy()
        progress.step("stopping the clients and reading back what is stored")
        clients.close()
        for why in live.read_back():
            progress.note(why)
        if watch.troubles:
            raise RunError(f"{'; '.join(watch.troubles)}. The run says nothing; run it again.")


def check(target: Target, experiment: Experiment) -> None:
    """Raise ExperimentError unless the target has all the kinds of workloads and faults."""
    wanted = {
        "workload": (experiment.workloads, target.workload_kinds()),
        "fault": ([fault.kind for fault in experiment.faults], target.fault_kinds()),
    }
    for what, (kinds, known) in wanted.items():
        for kind in kinds:
            if kind not in known:
                there = ", ".join(sorted(known)) or "none"
                raise ExperimentError(
                    f"{experiment.name}: {target.name} has no {what} {kind}, there are {there}."
                )


def _wait_ready(target: Target, progress: Progress) -> None:
    deadline, saying = time.monotonic() + DEADLINES.healthy, 0.0
    while troubles := troubles_of(target):
        if not saying:
            progress.step("waiting until it is healthy before anything is broken")
        if time.monotonic() > saying:
            saying = time.monotonic() + SAY_S
            progress.note("\n".join(troubles))
        if time.monotonic() > deadline:
            raise RunError(
                f"{target.name} is not healthy within {DEADLINES.healthy:g} s, so nothing can be tried on it:"
                f" {' '.join(troubles)} Try `python -m chaos heal`."
            )
        time.sleep(1)
