"""The events of a history, one small value object each.

All times are seconds of one monotonic clock, the runner's; what was stamped by another machine's clock is
converted before it is written. A history begins with a `Run`; `Present` and `Health` come after the last heal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

__all__ = [
    "FORMAT",
    "OUTCOMES",
    "Attempt",
    "Budget",
    "Decision",
    "Event",
    "Eviction",
    "FaultMark",
    "Health",
    "Machine",
    "Operation",
    "Outcome",
    "PoolView",
    "Present",
    "Read",
    "Run",
    "Sample",
]

FORMAT = 1
"""Version of the file format; a reader refuses a newer one."""
Outcome = Literal["ok", "fail", "unknown"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class Run:
    """What was run, on what: everything that a judge on another machine must know."""

    run: str
    """Prefix of every value of this run."""
    experiment: str
    target: str
    members: tuple[str, ...]
    """The database nodes, as samples and `Present` name them; one pseudo-member for a mere endpoint."""
    sync_standbys: int
    version: str
    """Digest of the code and settings under test: figures of one version may be put together."""
    began: str
    """Wall clock, ISO 8601, for people."""
    at: float
    profile: str = ""
    seed: int | None = None
    bounds: dict[str, float] = field(default_factory=dict)
    """Seconds by name of the gap they bound, as the experiment file gave them."""
    expected_pods: int = 0
    """How many pods the PodDisruptionBudget must count; 0 = nobody promised one."""
    cores: int = 0
    """Cores of the machine the runner is on; 0 = not recorded."""
    share: float = 1.0
    """Of the experiment's clients."""
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try of a workload ended.

    ok: the system acknowledged it. fail: it surely was not applied. unknown: anything else.
    `server` is who acknowledged, where the client could learn it. `found` belongs to reads.
    """

    outcome: Outcome
    error: str = ""
    server: str = ""
    found: bool = False


@dataclass(frozen=True, slots=True)
class _Timed:
    """One attempt of a workload.

    `intended` is when the schedule wanted it, `sent` when it was really begun: a late generator shows as
    their difference, and latency counts from `intended` (no coordinated omission).
    """

    workload: str
    value: str
    intended: float
    sent: float
    completed: float
    outcome: Outcome
    error: str = ""
    server: str = ""
    session: str = ""
    """The connection or browser whose order counts; empty for a fresh connection."""

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome is {self.outcome!r}, it must be one of {', '.join(OUTCOMES)}")
        if not self.intended <= self.sent <= self.completed:
            raise ValueError(f"operation {self.value} has times out of order")

    @property
    def latency(self) -> float:
        """Seconds from the intended start to the answer."""
        return self.completed - self.intended


@dataclass(frozen=True, slots=True)
class Operation(_Timed):
    """An attempted write of `value`, which is unique within the history."""


@dataclass(frozen=True, slots=True)
class Read(_Timed):
    """An attempted read that looked for one `value` somebody wrote before."""

    found: bool = False
    """Whether it was shown; only of outcome ok."""
    fresh: bool = False
    """The platform promises that this session sees what it was acknowledged before and what it saw before."""


@dataclass(frozen=True, slots=True)
class FaultMark:
    """A moment at which something was broken (`inject`) or put right (`heal`)."""

    name: str
    action: Literal["inject", "heal"]
    at: float
    on: str = ""
    """What was hit, as resolved: `postgres-1`, `kube-flask-worker2`, `postgres-0>postgres-1`."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A node's own account by SQL. role `silent`: no answer, `error` says why."""

    member: str
    at: float
    """When it was asked; the answer is at most `took` seconds later."""
    took: float
    role: Literal["primary", "standby", "silent"]
    timeline: int = 0
    lsn: int = 0
    """Bytes: written by a primary, replayed by a standby."""
    epoch: int | None = None
    streaming: int = 0
    """Of a primary: standbys that stream from it. Of a standby: 1 when its receiver streams."""
    error: str = ""
    where: Literal["outside", "node"] = "outside"
    """Asked over the network, or by a recorder on the node itself (a cut node cannot be seen from outside)."""


@dataclass(frozen=True, slots=True)
class PoolView:
    """What one pgpool pod believes: the status (`up`, `down`, ...) and role of each backend."""

    pod: str
    at: float
    status: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def primary(self) -> str | None:
        """The member it routes writes to."""
        found = [m for m, role in self.roles.items() if role == "primary" and self.status.get(m) == "up"]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Budget:
    """The status of a PodDisruptionBudget."""

    name: str
    at: float
    current: int
    desired: int
    allowed: int
    expected: int


@dataclass(frozen=True, slots=True)
class Eviction:
    """An eviction that was asked for, and the HTTP status of the answer (201 allowed, 429 refused)."""

    pod: str
    at: float
    status: int
    dry_run: bool
    ready: int
    """Pods of the same budget that were Ready when it was asked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A line that an agent, repmgrd or pgpool logged about a decision."""

    source: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine the runner is on, over the last interval, as shares of all its cores (0 to 1)."""

    at: float
    busy: float
    steal: float


@dataclass(frozen=True, slots=True)
class Health:
    """Why the platform is not healthy, one sentence each; empty is healthy."""

    at: float
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """A part of what one place holds after the last heal, in any order, duplicates included.

    `of` is the kind of rows (`ledger`, `todos`). The part with `last` set ends it: without one, nobody knows.
    """

    member: str
    of: str
    at: float
    values: tuple[str, ...]
    last: bool


Event = (
    Run
    | Operation
    | Read
    | FaultMark
    | Sample
    | PoolView
    | Budget
    | Eviction
    | Decision
    | Machine
    | Health
    | Present
)
