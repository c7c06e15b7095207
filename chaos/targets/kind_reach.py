"""Everything that reaches the platform on kind, from entering the target to leaving it."""

from __future__ import annotations

import fcntl
import queue
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from chaos.deadlines import DEADLINES
from chaos.events import Eviction
from chaos.faults.docker import DockerNodes
from chaos.faults.hands import Hands
from chaos.kube.client import Kube, KubeError
from chaos.observers.budget import Budgets
from chaos.observers.pools import QUESTION
from chaos.observers.pools_line import Line, Unanswered
from chaos.targets.base import TargetError
from chaos.targets.kind_clients import Clients
from chaos.targets.kind_doors import LABELS, PGPOOL_PORT, Doors, forget_unanswered, ways
from chaos.targets.kind_look import Looker
from chaos.targets.kind_version import members_in, settings_in
from cluster.manifests import folder
from cluster.settings import Settings

__all__ = ["Reach", "alone", "closed", "hands_of", "reached"]

SECRET = "kube-flask"
COMPONENT = "postgres"
"""Of the members, and the name of their disruption budget."""
POLL_S = 0.25


@dataclass(frozen=True)
class Reach:
    """What there is while the target is in use."""

    kube: Kube
    doors: Doors
    looker: Looker
    clients: Clients
    budgets: Budgets
    hands: Hands

    def pool_ports(self) -> Mapping[str, int]:
        """Return a door to every pgpool pod there is; when the API server is silent, those of before."""
        try:
            return self.doors.refresh(self.kube.pods("pgpool"))
        except KubeError:
            return self.doors.pools

    def pool_lines(self) -> dict[str, Line]:
        """Return a new line through each of them."""
        return {pod: self.looker.line(port) for pod, port in self.pool_ports().items()}


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Two at once would judge each other's faults and remove each other's doors. Raises TargetError."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (settings.cache / "e2e.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TargetError(
                f"Somebody else judges this cluster and holds {lock.name}; wait until they end."
            ) from None
        yield


@contextmanager
def hands_of(settings: Settings) -> Iterator[tuple[Hands, queue.SimpleQueue[Eviction]]]:
    """Make what faults use, and a queue of the evictions that they ask for. Raises TargetError."""
    asked: queue.SimpleQueue[Eviction] = queue.SimpleQueue()
    try:
        kube = Kube(settings.kubeconfig, settings.namespace)
    except KubeError as error:
        raise TargetError(str(error)) from error
    with kube, DockerNodes(settings.name) as nodes:
        yield Hands(kube, nodes, nodes, asked.put), asked


@contextmanager
def reached(settings: Settings) -> Iterator[Reach]:
    """Find the platform and open the doors; they are closed when the block ends. Raises TargetError."""
    members = members_in(settings_in(folder(settings)))
    with hands_of(settings) as (hands, asked):
        kube = hands.kube
        try:
            secrets, nodes = kube.secret(SECRET), kube.nodes()
        except KubeError as error:
            raise TargetError(f"The platform cannot be reached: {error}. Run `make up`.") from error
        # The control plane carries no pod of ours, so no fault of a node breaks what is measured through it.
        door = min(nodes, key=lambda name: "control-plane" not in name)
        host = nodes[door]
        looker, doors = Looker(host, members, secrets["monitor-password"]), Doors(kube, members)
        clients = Clients(ways(host, members), secrets["todo-password"])
        try:
            forget_unanswered(hands, door)
            doors.open()
            _wait_led(looker)
            yield Reach(kube, doors, looker, clients, Budgets(kube, COMPONENT, COMPONENT, asked), hands)
        except KubeError as error:
            raise TargetError(
                f"The doors to the platform cannot be opened: {error}. Run `make up`."
            ) from error
        finally:
            closed(kube)


def closed(kube: Kube) -> list[str]:
    """Close the doors of any run; return their names. Raises TargetError."""
    try:
        return kube.delete_labelled(LABELS)
    except KubeError as error:
        raise TargetError(f"The doors cannot be closed: {error}. Try `python -m chaos heal`.") from error


def _wait_led(looker: Looker) -> None:
    """Wait until the door to pgpool leads somewhere: kube-proxy needs a moment, pgpool may need more."""
    deadline = time.monotonic() + DEADLINES.service
    with looker.line(PGPOOL_PORT) as line:
        while True:
            try:
                line.ask(QUESTION)
            except Unanswered as error:
                if time.monotonic() > deadline:
                    raise TargetError(
                        f"No pgpool answers within {DEADLINES.service:g} s: {error}."
                    ) from error
                time.sleep(POLL_S)
            else:
                return
