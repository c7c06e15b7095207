"""`down`: says what goes and what stays, asks, and removes it."""

import dataclasses
from collections.abc import Callable, Sequence

from rich.console import Console

from cluster.gke import checks, plan, removal, tool
from cluster.gke.facts import Facts
from cluster.gke.plan import Act
from cluster.gke.run import Outline, Run, rehearsed
from cluster.gke.settings import GkeSettings
from cluster.shell import Shell
from cluster.steps import run_steps

LOOK = ("project_state", "cluster", "operation", "repository", "node_account", "roles", "disks")
OUTLINES: tuple[Outline, ...] = (
    Outline("reach", "kubeconfig"),
    Outline("balancer", "load balancer"),
    Outline("keep", "the disks are kept by Kubernetes", ("volumes",)),
    Outline("cluster", "GKE cluster"),
    Outline("disks", "disks", ("disks",)),
    Outline("account", "the nodes' account"),
    Outline("registry", "repository"),
)


def prepared(settings: GkeSettings, delete_disks: bool) -> Run:
    """Return the removal, ready to run or to be rehearsed."""

    def planned(step: str, facts: Facts) -> Sequence[Act]:
        removing = removal.PLANS.get(step)
        return removing(settings, facts, delete_disks) if removing else ()

    return Run(settings, planned, checks.DOWN)


def outlines(settings: GkeSettings, facts: Facts) -> list[Outline]:
    """Return the steps; those that ask the cluster only while it stands."""
    inside = ("reach", "balancer", "keep")
    return [o for o in OUTLINES if removal.standing(facts) or o.name not in inside]


def look(run: Run, shell: Shell) -> None:
    """Learn what is there. Raises StepFailed, also when the cluster is not ours."""
    for name in LOOK:
        run.glance(shell, name)
    run.check("cluster")
    if removal.standing(run.facts):
        # Only the cluster knows disks that an interrupted `up` has not labelled.
        for planned in plan.credentials(run.settings):
            tool.act(shell, planned, run.settings)
        run.look(shell, "volumes")


def down(
    settings: GkeSettings, console: Console, *, delete_disks: bool, agreed: Callable[[str], bool], dry: bool
) -> bool:
    """Remove what `up` made, if `agreed` says yes to the list; tell whether nothing went wrong. Raises StepFailed."""
    run = prepared(settings, delete_disks)
    look(run, Shell(settings.logs / "look.log"))
    before = run.facts
    going = removal.removed(settings, before, delete_disks)
    staying = removal.left(settings, before, delete_disks)
    steps = outlines(settings, before)
    if dry:
        for line in rehearsed(run, steps, Shell(settings.logs / "rehearsal.log")):
            console.print(line, soft_wrap=True, markup=False)
        return True
    if not going:
        console.print(f"nothing of {settings.place} is there", soft_wrap=True, markup=False)
        return _tell("What stays:", staying, console)
    _tell("This goes:", going, console)
    _tell("This stays:", staying, console)
    if not agreed(f"Delete it? Type the cluster's name, {settings.name}: "):
        console.print("nothing was deleted", markup=False)
        return False
    if not run_steps([run.step(outline) for outline in steps], settings.logs, console):
        return False
    after = dataclasses.replace(run.facts, cluster=None, volumes=())
    if lost := removal.lost(before, after, delete_disks):
        _tell("GKE removed these with the cluster although they were to be kept:", lost, console)
    return _tell("What stays:", removal.left(settings, after, delete_disks), console)


def _tell(title: str, lines: Sequence[str], console: Console) -> bool:
    console.print(title, markup=False)
    for line in lines:
        console.print(f"  {line}", soft_wrap=True, markup=False)
    return True
