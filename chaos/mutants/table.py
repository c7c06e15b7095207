"""The mutants: each takes one safety away, and says which experiment and which checker must notice.

A mutant is killed when the platform with it serves its clients as well as ever while nothing is broken, and the named
checker goes red when something is. `implied` are checkers that may go red too, being other sights of the same wound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chaos.checkers.verdict import CHECKERS
from chaos.experiment import Experiment, load
from chaos.mutants.change import Change, agents, both, failpoints, spread_off, wrong_budget

__all__ = ["MUTANTS", "Mutant", "experiment_of"]

LOSS = frozenset({"outside-newest-history"})
"""What the newest primary does not have is lost for good when the one that acknowledged it has joined again."""
LATE = failpoints("pgpool", reconciler_late=25)
EXPERIMENTS = Path(__file__).parent / "experiments"


@dataclass(frozen=True)
class Mutant:
    """One safety taken away."""

    name: str
    off: str
    """The safety, in words."""
    how: str
    """What is changed, in words."""
    change: Change
    experiment: str
    """A file in chaos/mutants/experiments."""
    red: str
    """The checker that must notice."""
    implied: frozenset[str] = frozenset()
    at_rest: frozenset[str] = frozenset()
    """Checkers that see it in the state of the platform, before anything is broken."""
    beside: Change | None = None
    """Changed too, and changed alike for the control: it takes away what would do the same job."""
    ci: bool = False
    crowded: bool = False
    """Whether it is deployed while only the first worker takes new pods."""

    def __post_init__(self) -> None:
        for checker in {self.red} | self.implied | self.at_rest:
            if checker not in CHECKERS:
                raise ValueError(f"{self.name}: {checker} is no checker, there are {', '.join(CHECKERS)}")

    @property
    def may_be_red(self) -> frozenset[str]:
        """With the fault."""
        return self.implied | self.at_rest | {self.red}


def experiment_of(mutant: Mutant) -> Experiment:
    """Return the experiment that shows a mutant. Raises ExperimentError."""
    return load(str(EXPERIMENTS / f"{mutant.experiment}.yaml"))


MUTANTS: Mapping[str, Mutant] = {
    mutant.name: mutant
    for mutant in (
        Mutant(
            "async",
            off="synchronous replication",
            # Not `sync_standbys: 0`: the gate then demands all N members, so a promotion waits for the old primary.
            how="failpoint sync-off: synchronous_standby_names is empty, while everybody still counts on k = 1",
            change=failpoints("postgres", sync_off=True),
            experiment="primary-lost-while-unheard",
            red="lost",
            implied=LOSS,
            ci=True,
        ),
        Mutant(
            "gate-open",
            off="the majority gate",
            how="failpoint gate-open: a node is promoted whoever answered and whatever they hold",
            change=failpoints("postgres", gate_open=True),
            experiment="standby-parted-from-primary",
            red="lost",
            implied=LOSS,
            ci=True,
        ),
        Mutant(
            "health-check-off",
            off="pgpool's own health check",
            how="health_check_period = 0; the reconciler, which is as quick, is 25 s late (failpoint reconciler-late)",
            change=both(agents("pgpool", pgpool={"health_check_period_s": 0}), LATE),
            beside=LATE,
            experiment="primary-lost",
            red="write-gap",
        ),
        Mutant(
            "reconciler-off",
            off="the pool agent's reconciler",
            how="failpoint reconciler-off: the agent looks and does nothing",
            change=failpoints("pgpool", reconciler_off=True),
            experiment="standby-returns",
            red="health",
        ),
        Mutant(
            "pdb-selector-wrong",
            off="the disruption budget of the PostgreSQL nodes",
            how="its selector names pods that there are not",
            change=wrong_budget,
            experiment="standby-returns",
            red="eviction",
            at_rest=frozenset({"budget"}),
            ci=True,
        ),
        Mutant(
            "anti-affinity-off",
            off="pgpool's anti-affinity",
            how="no affinity and no spread, and rolled out while one worker takes all pods",
            change=spread_off,
            experiment="pool-node-killed",
            red="write-gap",
            crowded=True,
        ),
    )
}
