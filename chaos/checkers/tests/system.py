"""A tiny system that keeps every promise, and what an instrument would write down about it."""

from random import Random

from chaos.events import (
    Budget,
    Event,
    Eviction,
    FaultMark,
    Health,
    Machine,
    Operation,
    Outcome,
    Present,
    Read,
    Run,
    Sample,
)

MEMBERS = ("postgres-0", "postgres-1", "postgres-2")
BOUNDS = {"write_gap": 5.0, "read_gap": 5.0, "redundancy": 10.0, "deposed": 1.0}
STEP = 0.1
WRITERS = {"pgpool": "", "pgpool-session": "pgpool-session/1", "todos": "todos/1"}


class System:
    """Three members, of which the primary of the highest timeline stores what it acknowledges on all of them."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.now, self.number = 100.0, 0
        self.primary, self.timeline = MEMBERS[0], 1
        self.stored: list[tuple[str, str, str]] = []
        """Value, kind, session."""
        run = Run("r", "made-up", "system", MEMBERS, 1, "v", "", self.now, bounds=BOUNDS, expected_pods=3)
        self.events: list[Event] = [run]

    def write(
        self, workload: str, outcome: Outcome, took: float, session: str = "", server: str = ""
    ) -> None:
        """Write one value; what was acknowledged is stored, and so is half of what nobody knows about."""
        self.number += 1
        value = f"r-{workload}-{self.number}"
        sent = self.now + self.rng.random() * 0.01
        self.events.append(
            Operation(workload, value, self.now, sent, sent + took, outcome, server=server, session=session)
        )
        if outcome == "ok" or (outcome == "unknown" and self.rng.random() < 0.5):
            self.stored.append((value, "todos" if workload == "todos" else "ledger", session))

    def read(self, outcome: Outcome) -> None:
        """Look for a value of a session in that session, and for any value in none; a standby answers."""
        own = [(value, kind, session) for value, kind, session in self.stored[:-10] if session]
        for value, kind, session in self.rng.sample(own, min(1, len(own))):
            workload = "todos-read" if kind == "todos" else "pgpool-read"
            times = (self.now, self.now, self.now + 0.01)
            shown = outcome == "ok"
            server = self.standbys()[0]
            self.events.append(Read(workload, value, *times, outcome, "", server, session, shown, fresh=True))

    def standbys(self) -> list[str]:
        return [member for member in MEMBERS if member != self.primary]

    def look(self, down: str = "") -> None:
        """Write down what the observers see; one member may be down."""
        for member in MEMBERS:
            if member == down:
                self.events.append(Sample(member, self.now, 0.2, "silent", error="timeout"))
            elif member == self.primary:
                self.events.append(Sample(member, self.now, 0.01, "primary", self.timeline, streaming=2))
            else:
                self.events.append(Sample(member, self.now, 0.01, "standby", self.timeline, streaming=1))
        ready = 2 if down else 3
        self.events.append(Budget("postgres", self.now, ready, 2, ready - 2, 3))
        self.events.append(Eviction(MEMBERS[0], self.now, 429 if down else 201, True, ready))
        self.events.append(Machine(self.now, 0.5, 0.01))

    def serve(self, seconds: float) -> None:
        """Answer everybody."""
        for _ in range(round(seconds / STEP)):
            for workload, session in WRITERS.items():
                self.write(workload, "ok", 0.02, session, self.primary)
            for member in MEMBERS:
                outcome: Outcome = "ok" if member == self.primary else "fail"
                self.write(f"probe@{member}", outcome, 0.01, server=member if outcome == "ok" else "")
            self.read("ok")
            self.look()
            self.now += STEP

    def fail_over(self, seconds: float) -> None:
        """Lose the primary, be silent for a while, and go on with another one."""
        old = self.primary
        self.write("pgpool", "ok", seconds + 0.5, server=old)  # a confirmation that lay in a socket
        self.now += STEP / 2
        self.events.append(FaultMark("node-killed", "inject", self.now, old))
        for _ in range(round(seconds / STEP)):
            for workload, session in WRITERS.items():
                self.write(workload, self.rng.choice(("fail", "unknown")), 0.05, session)
            self.read("fail")
            self.look(down=old)
            self.now += STEP
        self.primary, self.timeline = self.rng.choice(self.standbys()), self.timeline + 1
        self.events.append(FaultMark("node-killed", "heal", self.now, old))

    def end(self) -> list[Event]:
        """Read back what is stored, in parts."""
        self.now += 2
        for member in MEMBERS:
            for kind in ("ledger", "todos"):
                values = [value for value, its_kind, _ in self.stored if its_kind == kind]
                self.rng.shuffle(values)
                half = len(values) // 2
                self.events.append(Present(member, kind, self.now, tuple(values[:half]), last=False))
                self.events.append(Present(member, kind, self.now, tuple(values[half:]), last=True))
        return self.events


def good(rng: Random, failovers: int) -> list[Event]:
    """Return the history of a run in which every promise is kept."""
    system = System(rng)
    system.serve(2)
    for _ in range(failovers):
        system.fail_over(rng.uniform(0.5, 2))
        system.serve(1)
        system.events.append(Health(system.now, ("a member is not streaming",)))
        system.serve(0.5)
        system.events.append(Health(system.now, ()))
    system.serve(0.5)
    system.events.append(Health(system.now, ()))
    return system.end()
