"""The clients of the platform: which way they come in, and as whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from chaos.clients.ledger import Ledger, Probe, SessionLedger
from chaos.clients.postgres import Endpoint, Login
from chaos.clients.reads import LedgerReads
from chaos.clients.todos import TodoReads, Todos
from chaos.clients.workload import Workload
from chaos.targets.base import TargetError

__all__ = ["PROBE", "SUMMARIES", "Clients", "Ways"]

PROBE = "probe"
SUMMARIES = {
    "pgpool": "inserts through pgpool, a fresh connection each",
    "pgpool-session": "inserts through pgpool on connections opened before",
    "pgpool-read": "reads through pgpool, spread over the standbys; what they show may be a moment old",
    "pgpool-own-read": "reads through pgpool as the writer's; they must show what was acknowledged",
    "direct": "inserts without pgpool; the client looks for the primary itself",
    "direct-session": "inserts without pgpool on connections opened before",
    "todos": "todos over HTTP",
    "todos-read": "the browsers look for the todos they posted; they must be shown",
    PROBE: "inserts into each member on connections opened before, one workload for each; a standby must refuse",
}
PLAIN = {"sslmode": "disable", "gssencmode": "disable"}
"""As the application does: pgpool and the servers offer no TLS, so asking for it costs a round trip each time."""
T = TypeVar("T")


@dataclass(frozen=True)
class Ways:
    """Where the platform is reached, by numeric addresses: nobody's DNS is to be measured."""

    direct: Mapping[str, Endpoint]
    """The members by name."""
    pool: Endpoint
    todo: Endpoint


@dataclass
class Clients:
    """Makes workloads; a reader looks for what the newest writer of its way wrote."""

    ways: Ways
    password: str = field(repr=False)
    """Of `todo`, the application's own login."""
    _writers: dict[str, tuple[object, set[str]]] = field(default_factory=dict, init=False)

    def login(self, application_name: str = "kube-flask-chaos") -> Login:
        """Return the application's login; pgpool routes by the application's name."""
        return Login("todo", self.password, "todo", application_name, PLAIN)

    @property
    def pgpool(self) -> list[Endpoint]:
        """The way through pgpool."""
        return [self.ways.pool]

    @property
    def members(self) -> list[str]:
        """The members' names."""
        return list(self.ways.direct)

    @property
    def direct(self) -> list[Endpoint]:
        """The way to whoever is primary, without pgpool."""
        return [self.of(member) for member in self.members]

    def of(self, member: str) -> Endpoint:
        """Return the way to one member."""
        return self.ways.direct[member]

    def make(self, kind: str, rate: float) -> list[Workload]:
        """Make the workloads of a kind. Raises TargetError for a kind there is not, or a reader without a writer."""
        if kind == PROBE:
            return [Probe(member, self.of(member), self.login(), rate) for member in self.members]
        way = self.direct if kind.startswith("direct") else self.pgpool
        writer = self.login("todo-rw")
        match kind:
            case "pgpool" | "direct":
                return [self._wrote(kind, Ledger(kind, rate, way, writer))]
            case "pgpool-session" | "direct-session":
                return [SessionLedger(kind, rate, way, writer)]
            case "pgpool-read":
                return [LedgerReads(kind, rate, way, self.login("todo-ro"), self._of(kind, "pgpool", Ledger))]
            case "pgpool-own-read":
                return [LedgerReads(kind, rate, way, writer, self._of(kind, "pgpool", Ledger), fresh=True)]
            case "todos":
                return [self._wrote(kind, Todos(kind, rate, self.ways.todo.host, self.ways.todo.port))]
            case "todos-read":
                return [TodoReads(kind, rate, self._of(kind, "todos", Todos))]
        raise TargetError(f"kind has no workload {kind!r}; say one of {', '.join(SUMMARIES)}.")

    def _wrote(self, kind: str, workload: T) -> T:
        self._writers[kind] = (workload, set())
        return workload

    def _of(self, reader: str, kind: str, wanted: type[T]) -> T:
        writer, readers = self._writers.get(kind, (None, set()))
        # One that has such a reader belongs to a former run.
        if not isinstance(writer, wanted) or reader in readers:
            raise TargetError(f"{reader} looks for what {kind} wrote, so name {kind} before it.")
        readers.add(reader)
        return writer
