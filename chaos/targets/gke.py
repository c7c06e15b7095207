"""The platform on the GKE cluster of `python -m cluster up --on gke`; its clients run in the cluster."""

from __future__ import annotations

import json
import queue
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from types import TracebackType

from chaos.codec import parse
from chaos.deadlines import DEADLINES
from chaos.events import Eviction, Present
from chaos.faults.hands import FaultError, Hands
from chaos.faults.heal import heal_all
from chaos.history import History
from chaos.inside.plan import Plan
from chaos.kube.client import Kube, KubeError
from chaos.observers.budget import Budgets
from chaos.observers.decisions import Decisions
from chaos.onnode.collect import shifted
from chaos.onnode.observer import OnNode
from chaos.targets import gke_place, gke_words
from chaos.targets.base import Facts, Fault, Load, Observer, Recorder, TargetError
from chaos.targets.gke_faults import KINDS
from chaos.targets.gke_load import RemoteLoad
from chaos.targets.gke_nodes import GkeNodes
from chaos.targets.gke_status import facts_of, hit, servers_in
from chaos.targets.gke_tool import Tool
from chaos.targets.kind_aim import aimed, cast_of
from chaos.targets.kind_clients import SUMMARIES
from chaos.targets.kind_health import WORKLOADS, judge_workloads
from chaos.targets.kind_roles import Cast
from chaos.targets.kind_troubles import judge_agents
from chaos.targets.kind_version import CONFIG_KEY, CONFIG_MAP
from cluster.gke.settings import GkeSettings

__all__ = ["LEASE_S", "MARK", "GkeTarget"]

MARK = "chaos"
LEASE_S = 180.0
"""A node undoes what was done on it after so long, whatever became of the runner."""
KUBELET = 10250
"""The way of every `kubectl exec` into a node, so no cut closes it: the heal must get there."""
READY_S = 300.0
LONGEST_S = 7200.0
STATUS = ("sh", "-c", "ha status --json || true")
CALL_S = 120.0
STATUS_S = 30.0


class GkeTarget:
    """Target `gke`. `clock` measures the offset of the clients' clock to ours, in seconds."""

    name = "gke"

    def __init__(
        self, settings: GkeSettings, kube: Kube, tool: Tool, clock: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._settings, self._kube, self._tool, self._clock = settings, kube, tool, clock
        self._asked: queue.SimpleQueue[Eviction] = queue.SimpleQueue()
        self._runner = secrets.token_hex(4)
        nodes = GkeNodes(tool, settings, self._runner)
        self.hands = Hands(kube, nodes, nodes, self._asked.put, LEASE_S, KUBELET, READY_S)
        self._stack = ExitStack()
        self._offset = 0.0
        self.clients_on = ""
        """The node of the clients, once it is entered."""

    def __enter__(self) -> GkeTarget:
        """Put the clients' pod and our privileged pods into the cluster, make the ledger. Raises TargetError."""
        with ExitStack() as stack:
            stack.enter_context(self._kube)
            self.clients_on = gke_place.settled(
                self._settings, self._kube, self._tool, self._members, self._runner, stack
            )
            self._tool.run(
                gke_words.inside(self._settings, "prepare", stdin=self.plan("").to_json()), CALL_S * 2
            )
            gke_place.equipped(self.hands)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Remove the rows of the runs and all of ours. Raises TargetError, unless another error is on its way."""
        with self._stack:
            try:
                told = self.plan("").to_json()
                self._tool.run(gke_words.inside(self._settings, "forget", MARK, stdin=told), CALL_S * 2)
            except TargetError:
                if kind is None:
                    raise

    @property
    def _members(self) -> tuple[str, ...]:
        return self.facts().members

    def facts(self) -> Facts:
        """What runs, by what is in the cluster. Raises TargetError."""
        return self._facts

    @cached_property
    def _facts(self) -> Facts:
        try:
            config = json.loads(self._kube.config_map(CONFIG_MAP)[CONFIG_KEY])
            images = [image for kind, name in WORKLOADS for image in self._kube.images(kind, name)]
        except KubeError as error:
            raise TargetError(
                f"The platform cannot be reached: {error}. {self._settings.again('up')}"
            ) from error
        return facts_of(config, images)

    def plan(self, run: str, rates: Mapping[str, float] | None = None) -> Plan:
        """Return what the clients of a run are told. Raises TargetError."""
        members = {member: f"chaos-{member}:5432" for member in self._members}
        return Plan(run, rates or {}, members, "chaos-pgpool:5432", "todo:80", LONGEST_S)

    def workload_kinds(self) -> Mapping[str, str]:
        """Every kind, with a line about it."""
        return SUMMARIES

    def load(self, rates: Mapping[str, float], run: str) -> Callable[[History], Load]:
        """Make the clients of a run, in the cluster. Raises TargetError."""
        plan = self.plan(run, rates)
        self._offset = self._clock()
        return lambda history: RemoteLoad(
            self._tool, self._settings, plan, history, self.pools, lambda: self._offset
        )

    def pools(self) -> dict[str, str]:
        """Return the addresses of pgpool's pods; none when the API server is silent."""
        with suppress(KubeError):
            return {pod.name: pod.ip for pod in self._kube.pods("pgpool") if pod.ip and not pod.ending}
        return {}

    def observers(self) -> Sequence[Observer]:
        """What watches by the API server; servers and pools are watched beside the clients."""
        return [Budgets(self._kube, "postgres", "postgres", self._asked), Decisions(self._kube)]

    def on_node(self, member: str, run: str) -> Recorder:
        """A recorder in the member's own container; its way there is the one that no cut closes."""
        return OnNode(member, run, lambda: gke_place.InPod(self._settings, member))

    def fault_kinds(self) -> Mapping[str, str]:
        """Every kind of fault, with a line about it."""
        return {name: kind.summary for name, kind in KINDS.items()}

    def fault(self, kind: str, on: str) -> Fault:
        """Aim one now. Raises TargetError, also when it would hit the clients' own node."""
        cast = self._cast()
        if kind in KINDS and self.clients_on in hit(cast, KINDS[kind].aims_at, on):
            raise TargetError(
                f"The clients run on {self.clients_on}, and {kind} on {on} would hit it; aim elsewhere."
            )
        return aimed(self.hands, cast, kind, on, KINDS)

    def _cast(self) -> Cast:
        return cast_of(self._kube, servers_in(self._status(), self._members))

    def _status(self) -> str:
        """Return what `ha status` says in the first pod that can be asked. Raises TargetError."""
        members = self._members
        try:
            ready = {pod.name for pod in self._kube.pods("postgres") if pod.ready and not pod.ending}
        except KubeError as error:
            raise TargetError(str(error)) from error
        why: TargetError = FaultError("No PostgreSQL pod is Ready, so nobody can be asked.")
        for member in sorted(members, key=lambda name: name not in ready):
            try:
                return self._tool.run(gke_words.into_pod(self._settings, member, *STATUS), STATUS_S)
            except TargetError as error:
                why = error
        raise why

    def troubles(self) -> list[str]:
        """Why it is not healthy: the workloads by the API server, then everybody by `ha status`."""
        try:
            why = judge_workloads({name: self._kube.counts(kind, name) for kind, name in WORKLOADS})
        except KubeError as error:
            return [f"{error}."]
        return why or judge_agents(self._status(), "one of the pods", len(self._members))

    def present(self, run: str) -> Iterator[Present]:
        """Read back what every member holds. Raises TargetError."""
        said = self._tool.run(gke_words.inside(self._settings, "present", run), DEADLINES.healthy)
        for line in said.splitlines():
            event = shifted(parse(json.loads(line)), self._offset)
            if isinstance(event, Present):
                yield event

    def heal(self) -> list[str]:
        """Undo whatever any run may have left; when it is not entered, also what runs put there. Raises TargetError."""
        if self.clients_on:
            return heal_all(self.hands)
        with self._kube, ExitStack() as stack:
            return gke_place.healed(self._settings, self._kube, self._tool, self.hands, self._runner, stack)
