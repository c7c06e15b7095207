"""Any PostgreSQL endpoint: a server, a pooler, a cloud's service; what is broken in it, an external command breaks."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import psycopg2

from chaos.clients import stored
from chaos.clients.generator import made
from chaos.clients.ledger import Ledger, SessionLedger
from chaos.clients.postgres import Endpoint, Login
from chaos.clients.reads import LedgerReads
from chaos.clients.workload import Workload
from chaos.events import Present
from chaos.history import History
from chaos.observers.machine import MachineLoad
from chaos.observers.sql import NodeSamples
from chaos.targets.base import Facts, Fault, Load, Observer, Recorder, TargetError
from chaos.targets.dsn_command import KIND, Command, run
from chaos.targets.dsn_parse import Service, parse
from chaos.targets.dsn_sql import ask, in_words, recovering, wait_replayed
from chaos.targets.local_load import LocalLoad

__all__ = ["DsnTarget"]

APPLICATION = "kube-flask-chaos"
WORKLOADS = {
    "ledger": "unique inserts, each on a connection of its own",
    "ledger-session": "unique inserts on connections opened before",
    "ledger-read": "looks for what `ledger` was acknowledged, each on a connection of its own",
}
SETTINGS = ("server_version", "synchronous_commit", "fsync", "full_page_writes", "max_connections")
"""What a version of a foreign server is made of, as far as anybody can ask."""
WRITTEN = "SELECT pg_current_wal_lsn()"


class DsnTarget:
    """Target `dsn`. Names are resolved when it is made; the password is in no history and in no message."""

    name = "dsn"

    def __init__(
        self,
        dsn: str,
        *,
        inject: str | None = None,
        heal: str | None = None,
        password: str = "",
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._service: Service = parse(dsn, password)
        self._inject, self._heal, self._say = inject, heal, say
        self._runs: set[str] = set()
        self._ledger: Ledger | None = None
        self._created = False
        for place in self._service.places:
            if place.resolved:
                say(f"{place.endpoint.name} is {place.endpoint.host} for the whole run")

    @property
    def _endpoints(self) -> list[Endpoint]:
        return [place.endpoint for place in self._service.places]

    @property
    def _login(self) -> Login:
        s = self._service
        return Login(s.user, s.password, s.database, APPLICATION, s.options)

    def __enter__(self) -> DsnTarget:
        """Make the ledger's table. Raises TargetError."""
        try:
            [(there,)] = self._ask(f"SELECT to_regclass('{stored.LEDGER}') IS NOT NULL")
            stored.prepare(self._endpoints, self._login)
        except psycopg2.Error as error:
            raise self._unusable("Cannot prepare", error) from error
        self._created = not there
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the rows of the runs, and the table when it was not there before."""
        try:
            for run_ in [None] if self._created else sorted(self._runs):
                stored.forget(self._endpoints, self._login, run_)
        except psycopg2.Error as failed:
            self._say(
                f"{self._unusable('Cannot remove the table or rows of', failed)} Table: {stored.LEDGER}."
            )

    def facts(self) -> Facts:
        """Return what can be asked of it. Raises TargetError."""
        try:
            [said] = self._ask(f"SELECT {', '.join(f'current_setting({s!r})' for s in SETTINGS)}")
        except psycopg2.Error as error:
            raise self._unusable("Cannot ask", error) from error
        # Another command, another fault: its figures are not the same campaign's.
        told = repr((self._members, said, self._inject, self._heal))
        version = f"pg-{str(said[0]).split()[0]}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"
        return Facts(tuple(self._members), 0, version, "", 0)

    @property
    def _members(self) -> Mapping[str, Endpoint]:
        return {place.member: place.endpoint for place in self._service.places}

    def workload_kinds(self) -> Mapping[str, str]:
        """Return the three that need no more than a connection."""
        return WORKLOADS

    def workloads(self, kind: str, rate: float) -> Sequence[Workload]:
        """Make the one of a kind. Raises TargetError."""
        if kind == "ledger":
            self._ledger = Ledger(kind, rate, self._endpoints, self._login)
            return [self._ledger]
        if kind == "ledger-session":
            return [SessionLedger(kind, rate, self._endpoints, self._login)]
        if kind == "ledger-read":
            if self._ledger is None:
                raise TargetError("ledger-read looks for what ledger wrote; add ledger to the workloads.")
            # Whatever takes writes shows them: the writable one of several hosts is read, never a standby.
            return [LedgerReads(kind, rate, self._endpoints, self._login, of=self._ledger, fresh=True)]
        raise TargetError(f"There is no workload {kind}, there are {', '.join(WORKLOADS)}.")

    def load(self, rates: Mapping[str, float], run: str) -> Callable[[History], Load]:
        """Make clients that run in a process of their own. Raises TargetError."""
        workloads = made(self.workloads, rates)
        return lambda history: LocalLoad(workloads, history, run)

    def observers(self) -> Sequence[Observer]:
        """Return one that asks every host, and one for this machine."""
        return [NodeSamples(self._members, self._login), MachineLoad()]

    def on_node(self, member: str, run: str) -> Recorder:
        """Raise TargetError: nobody can be sent there."""
        raise TargetError(f"Nothing can be run on {member}: it is known only by its DSN.")

    def fault_kinds(self) -> Mapping[str, str]:
        """Return the external command, when one was given."""
        return {KIND: self._inject} if self._inject else {}

    def fault(self, kind: str, on: str) -> Fault:
        """Return the external command, whatever it hits. Raises TargetError."""
        if kind != KIND or not self._inject:
            raise TargetError(f"There is no fault {kind}; give --inject CMD.")
        return Command(self._inject, self._heal, self._say)

    def troubles(self) -> list[str]:
        """Return who cannot be asked, and whether nobody takes writes."""
        found, writable = [], False
        for member, endpoint in self._members.items():
            try:
                writable |= not recovering(endpoint, self._login)
            except psycopg2.Error as error:
                found.append(f"{member} does not answer: {in_words(error)}")
        if not found and not writable:
            found.append(f"{', '.join(self._members)}: read-only.")
        return found

    def present(self, run: str) -> Iterator[Present]:
        """Read what every host holds of a run. Raises TargetError."""
        self._runs.add(run)
        try:
            [(written,)] = self._ask(WRITTEN)
            for member, endpoint in self._members.items():
                wait_replayed(endpoint, self._login, str(written))
                at = time.monotonic()
                for values in stored.rows([endpoint], self._login, run):
                    yield Present(member, "ledger", at, tuple(values), last=False)
                yield Present(member, "ledger", at, (), last=True)
        except psycopg2.Error as error:
            raise self._unusable("Cannot read back", error) from error

    def heal(self) -> list[str]:
        """Run the --heal command, when one was given. Raises TargetError."""
        if not self._heal:
            return []
        run(self._heal, "--heal", self._say, Command.timeout_s)
        return [f"ran {self._heal}"]

    def _ask(self, statement: str) -> list[tuple[object, ...]]:
        return ask(self._endpoints, self._login, statement)

    def _unusable(self, what: str, error: psycopg2.Error) -> TargetError:
        return TargetError(
            f"{what} {', '.join(self._members)}: {in_words(error)}. Check the DSN and the server."
        )
