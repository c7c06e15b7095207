"""The platform on the kind cluster of `make up`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType

from chaos.clients.generator import made
from chaos.clients.workload import Workload
from chaos.deadlines import DEADLINES
from chaos.events import Present
from chaos.faults.heal import heal_all
from chaos.faults.kinds import KINDS
from chaos.history import History
from chaos.observers.decisions import Decisions
from chaos.observers.machine import MachineLoad
from chaos.observers.pools import Pools
from chaos.observers.sql import NodeSamples
from chaos.onnode.observer import InContainer, OnNode
from chaos.targets import kind_present
from chaos.targets.base import Facts, Fault, Load, Observer, Recorder, TargetError
from chaos.targets.kind_aim import aimed, cast_of
from chaos.targets.kind_clients import SUMMARIES
from chaos.targets.kind_reach import Reach, alone, closed, hands_of, reached
from chaos.targets.kind_troubles import troubles
from chaos.targets.kind_version import digest, members_in, settings_in
from chaos.targets.local_load import LocalLoad
from cluster.manifests import folder
from cluster.settings import Settings

__all__ = ["MARK", "KindTarget"]

MARK = "chaos"
"""How the names of all runs begin, and so every value that is written."""


class KindTarget:
    """Target `kind`: measured through NodePorts on the control plane's node, which carries no pod of ours."""

    name = "kind"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._reach: Reach | None = None

    @property
    def reach(self) -> Reach:
        """What there is to reach the platform with. Raises TargetError before it is entered."""
        if self._reach is None:
            raise TargetError("The target kind is not in use; enter it first.")
        return self._reach

    def __enter__(self) -> KindTarget:
        """Keep others away, open the doors, make the ledger. Raises TargetError."""
        with ExitStack() as stack:
            stack.enter_context(alone(self._settings))
            reach = stack.enter_context(reached(self._settings))
            kind_present.prepare(reach.clients, DEADLINES.served)
            self._reach, self._stack = reach, stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Remove the rows of the runs, close the doors. Raises TargetError, unless another error is on its way."""
        reach, self._reach = self.reach, None
        with self._stack:
            try:
                kind_present.forget(reach.clients, MARK, DEADLINES.served)
            except TargetError:
                if kind is None:
                    raise

    def facts(self) -> Facts:
        """What runs, by the manifests that were applied. Raises TargetError."""
        manifests = folder(self._settings)
        applied = settings_in(manifests)
        members = members_in(applied)
        return Facts(
            members,
            applied["sync_standbys"],
            digest(self._settings.root, manifests),
            applied["timing"]["profile"],
            expected_pods=len(members),
        )

    def workload_kinds(self) -> Mapping[str, str]:
        """Every kind, with a line about it."""
        return SUMMARIES

    def workloads(self, kind: str, rate: float) -> Sequence[Workload]:
        """Make all workloads of a kind: `probe` has one for every member. Raises TargetError."""
        return self.reach.clients.make(kind, rate)

    def load(self, rates: Mapping[str, float], run: str) -> Callable[[History], Load]:
        """Make clients that run in a process of their own. Raises TargetError."""
        workloads = made(self.workloads, rates)
        return lambda history: LocalLoad(workloads, history, run)

    def observers(self) -> Sequence[Observer]:
        """Everything that watches it."""
        reach = self.reach
        members = {member: reach.clients.of(member) for member in reach.clients.members}
        return [
            NodeSamples(members, reach.looker.login),
            Pools(reach.pool_lines),
            reach.budgets,
            Decisions(reach.kube),
            MachineLoad(),
        ]

    def on_node(self, member: str, run: str) -> Recorder:
        """A recorder in the member's own container, entered from its node: works when the node is cut."""
        reach = self.reach

        def place() -> InContainer:
            pod = reach.kube.pod(member)
            return InContainer(pod.node, pod.container_id)

        return OnNode(member, run, place)

    def fault_kinds(self) -> Mapping[str, str]:
        """Every kind of fault, with a line about it."""
        return {name: kind.summary for name, kind in KINDS.items()}

    def fault(self, kind: str, on: str) -> Fault:
        """Aim one now. Raises TargetError."""
        return aimed(self.reach.hands, cast_of(self.reach.kube, self.reach.looker.servers()), kind, on)

    def troubles(self) -> list[str]:
        """Why it is not healthy. Raises TargetError before it is entered."""
        return troubles(self.reach)

    def present(self, run: str) -> Iterator[Present]:
        """Read back what every member holds. Raises TargetError."""
        return kind_present.present(self.reach.clients, run)

    def heal(self) -> list[str]:
        """Undo whatever any run may have left; when it is not entered, close doors too. Raises TargetError."""
        if self._reach is not None:
            return heal_all(self._reach.hands)
        with alone(self._settings), hands_of(self._settings) as (hands, _):
            return heal_all(hands) + [
                f"The door {name} was open and is closed." for name in closed(hands.kube)
            ]
