"""Faults of kind: who a role means at this moment, and several faults that are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from chaos.clients.process import likewise
from chaos.faults.hands import Hands
from chaos.faults.kinds import KINDS, FaultKind
from chaos.kube.client import Kube, KubeError
from chaos.targets.base import Fault, TargetError
from chaos.targets.kind_health import Server
from chaos.targets.kind_roles import Cast, Seat, aim

__all__ = ["Together", "aimed", "cast_of"]


def cast_of(kube: Kube, servers: Sequence[Server]) -> Cast:
    """Return who is who by the servers' own accounts, and where they are now. Raises TargetError."""
    try:
        nodes = {pod.name: pod.node for pod in kube.pods("postgres")}
        pools = {pod.name: pod.node for pod in kube.pods("pgpool") if pod.node and not pod.ending}
        known = list(kube.nodes())
    except KubeError as error:
        raise TargetError(f"{error}; without it nobody knows where the pods are.") from error
    seats = [Seat(s.name, nodes.get(s.name, ""), s.role, bool(s.streaming)) for s in servers]
    return Cast(seats, pools, known)


def aimed(hands: Hands, cast: Cast, kind: str, on: str, kinds: Mapping[str, FaultKind] = KINDS) -> Fault:
    """Return the fault that hits everything `on` means. Raises TargetError."""
    if kind not in kinds:
        raise TargetError(f"There is no fault {kind!r} here; say one of {', '.join(kinds)}.")
    faults = [kinds[kind].build(hands, name) for name in aim(cast, kinds[kind].aims_at, on)]
    return faults[0] if len(faults) == 1 else Together(faults)


class Together:
    """The same fault in several places at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(faults)
        self.name = faults[0].name
        self.on = ",".join(fault.on for fault in faults)
        self.isolates = tuple(member for fault in faults for member in fault.isolates)

    def inject(self) -> float:
        """Break everything at the same time, and return the first moment. Raises what the faults raise."""
        with ThreadPoolExecutor(len(self._faults), "together", likewise()) as threads:
            done = [threads.submit(fault.inject) for fault in self._faults]
        return min(future.result() for future in done)

    def heal(self) -> None:
        """Put everything right; one that cannot be healed keeps no other from it. Raises what the faults raise."""
        with ExitStack() as stack:
            for fault in self._faults:
                stack.callback(fault.heal)
