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
OPEN_VOTE = failpoints("postgres", hold_before_promote=15, fence_off=True)
SLOW_JOIN = failpoints("postgres", hold_before_follow=10, fence_off=True)
"""Windows in which the old primary may still be confirmed to. Its fence, which only bounds how long it answers, is off
for the control too: it would end the old primary before the window does."""
LONG_BRANCH = failpoints("postgres", long_branch=True)
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
            implied=LOSS | {"shown-then-lost"},
            ci=True,
        ),
        Mutant(
            "gate-open",
            off="the vote as a whole",
            how="failpoint gate-open: a node is promoted whoever answered and whatever they hold",
            change=failpoints("postgres", gate_open=True),
            experiment="standby-parted-from-primary",
            red="lost",
            implied=LOSS,
        ),
        Mutant(
            "promise-volatile",
            off="the durable promise",
            # The voter's grant made the winner (model: "a promise is not durable"). Between that and the promotion it
            # starts again, knows of no grant, and turns to the old primary, whose agent it hears and which goes on
            # acknowledging with it: 8 s of writes that the winner cannot have. Who remembers is bound, confirms to
            # nobody, and the old primary acknowledges nothing.
            how="failpoint promise-volatile: an agent that starts again has forgotten whom it voted for; beside it, "
            "15 s between vote and promotion, and no fence",
            change=both(OPEN_VOTE, failpoints("postgres", promise_volatile=True)),
            beside=OPEN_VOTE,
            experiment="standby-restarted-in-a-vote",
            red="lost",
            implied=LOSS,
        ),
        Mutant(
            "lock-off",
            off="the lock under which a node takes its decisions",
            # A standby decides to follow the old primary, and grants its vote before it has written that down. The
            # record that it then writes was made before the vote: it lost the promise, so that the standby confirms
            # to the old primary until it turns to the winner, 10 s later (model: "a vote is overwritten by an older
            # decision"). With the lock the candidate is answered when the standby confirms again, and refused.
            how="failpoint lock-off: a vote does not wait for another decision; beside it, 10 s between the decision "
            "to follow and its record, and no fence",
            change=both(SLOW_JOIN, failpoints("postgres", lock_off=True)),
            beside=SLOW_JOIN,
            experiment="standby-asked-while-it-joins",
            red="lost",
            # It confirmed what the winner has not, and does not know it: it asks the winner for WAL past that for ever.
            implied=LOSS | {"convergence", "health", "redundancy", "stale-read"},
        ),
        Mutant(
            "lineage-off",
            off="the lineage of positions",
            # The model's "LSNs alone are compared". Two voters are left: the old primary with 32 MB that nobody
            # acknowledged, and the standby with everything that the successor did. Each needs the other's vote, and by
            # LSNs only the old primary can win; by epochs only the standby.
            how="failpoint lineage-off: votes compare LSNs, whoever wrote what is below them; beside it, a primary to "
            "which nobody confirms runs two WAL segments ahead",
            change=both(LONG_BRANCH, failpoints("postgres", lineage_off=True)),
            beside=LONG_BRANCH,
            experiment="longer-branch-returns",
            red="lost",
            implied=LOSS,
        ),
        Mutant(
            "fence-off",
            off="the fence of a primary that nobody hears",
            # Nothing is lost for it (the vote sees to that), and clients read from it what is no longer true.
            how="failpoint fence-off: a primary goes on until it learns of a newer one",
            change=failpoints("postgres", fence_off=True),
            experiment="primary-deposed-while-cut",
            red="deposed-answer",
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
