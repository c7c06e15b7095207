"""How fast a dead primary is noticed: three profiles, and the inequalities that a safe one keeps.

Numbers of sections, findings and rules are those of research/ha-postgres-repmgr-pgpool.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from synth.checks import between, require

__all__ = ["BASELINE", "CHILD_NODES_CHECK_S", "PROFILES", "Timing"]

CHILD_NODES_CHECK_S = 1
"""repmgr's child_nodes_check_interval in every profile: how often a primary counts its standbys."""
STATUS_S = 1
"""wal_receiver_status_interval in every profile: how often a standby tells the primary that it is there."""
BASELINE = "bitnami"
PROFILES: dict[str, dict[str, int]] = {
    # Measured: §3.2. What is not named here is equal in both, the defaults of Timing.
    "fast": {"reconnect_attempts": 2, "wal_sender_timeout_s": 2, "child_nodes_disconnect_s": 1},
    "safe": {"reconnect_attempts": 3, "wal_sender_timeout_s": 3, "child_nodes_disconnect_s": 2},
    # §1, read in the chart 16.3.4 (connect to interval, child nodes) and in the images postgresql-repmgr 17 and
    # pgpool 4.6 (monitor, pgpool). The re-run and wal_sender_timeout they leave to repmgr and to PostgreSQL.
    BASELINE: {
        "monitor_interval_s": 2,
        "reconnect_attempts": 2,
        "reconnect_interval_s": 3,
        "connect_timeout_s": 5,
        "election_rerun_s": 15,
        "wal_sender_timeout_s": 60,
        "child_nodes_disconnect_s": 30,
        "pgpool_connect_timeout_ms": 10_000,
        "health_check_period_s": 30,
        "health_check_timeout_s": 10,
        "health_check_max_retries": 5,
        "health_check_retry_delay_s": 5,
    },
}
"""What a timing profile sets. `bitnami` is what others are compared with, and nothing to run."""


@dataclass(frozen=True)
class Timing:
    """Detection by repmgr, PostgreSQL and pgpool, in seconds. `timing: fast` chooses a whole profile."""

    SHORTHAND: ClassVar[tuple[str, ...]] = ("profile",)
    profile: Literal["fast", "safe", "bitnami"] = "safe"
    allow_unsafe: bool = False
    """Whether the inequalities below may be broken; `--allow-unsafe-timing` sets it."""
    monitor_interval_s: int = 1
    reconnect_attempts: int = PROFILES["safe"]["reconnect_attempts"]
    reconnect_interval_s: int = 1
    connect_timeout_s: int = 1
    election_rerun_s: int = 3
    primary_visibility_consensus: bool = False
    """repmgr's own second opinion, which cancels an election for good: our vote asks again (finding 2)."""
    wal_sender_timeout_s: int = PROFILES["safe"]["wal_sender_timeout_s"]
    child_nodes_disconnect_s: int = PROFILES["safe"]["child_nodes_disconnect_s"]
    pgpool_connect_timeout_ms: int = 1000
    health_check_period_s: int = 1
    """Of pgpool, as the next three: it detaches a server after this many failed checks in a row."""
    health_check_timeout_s: int = 2
    health_check_max_retries: int = 2
    health_check_retry_delay_s: int = 1

    @property
    def fence_s(self) -> int:
        """Seconds until a primary that nobody hears any more has noticed and stops."""
        return self.wal_sender_timeout_s + CHILD_NODES_CHECK_S + self.child_nodes_disconnect_s

    @property
    def earliest_promotion_s(self) -> int:
        """Least seconds from a cut to a promotion on its other side: C + A*C + (A-1)*I + C."""
        connect, attempts = self.connect_timeout_s, self.reconnect_attempts
        return connect + attempts * connect + self.patience_s + connect

    @property
    def patience_s(self) -> int:
        """Seconds that repmgr gives a primary which refuses to come back: (A-1)*I."""
        return (self.reconnect_attempts - 1) * self.reconnect_interval_s

    @property
    def pgpool_patience_s(self) -> int:
        """Seconds that pgpool gives it at most (§5.3)."""
        return self.health_check_period_s + self.health_check_max_retries * self.health_check_retry_delay_s

    @property
    def gap_bound_s(self) -> int:
        """Longest write gap of a cut-off primary, in seconds.

        The monitor's turn, detection, 1 s of polling, 2 s to the first confirmation (research §3.1). Not pgpool's own
        detection, which in `bitnami` takes up to two minutes: the pool agent finds the new primary before it.
        """
        return self.monitor_interval_s + self.earliest_promotion_s + 1 + 2

    @property
    def unsafe(self) -> bool:
        """Whether these timings may only be measured, never released."""
        return self.profile == BASELINE or not all(holds for holds, _, _ in self._inequalities())

    def __post_init__(self) -> None:
        for name in (
            "monitor_interval_s",
            "connect_timeout_s",
            "child_nodes_disconnect_s",
            "reconnect_interval_s",
            "election_rerun_s",
            "health_check_period_s",
            "health_check_timeout_s",
            "health_check_retry_delay_s",
        ):
            between(name, getattr(self, name), 1, 60, "seconds")
        between("reconnect_attempts", self.reconnect_attempts, 1, 60)
        between("wal_sender_timeout_s", self.wal_sender_timeout_s, 1, 120, "seconds")
        between("health_check_max_retries", self.health_check_max_retries, 0, 60)
        between("pgpool_connect_timeout_ms", self.pgpool_connect_timeout_ms, 100, 60_000, "milliseconds")
        if self.allow_unsafe:
            return
        require(
            self.profile != BASELINE,
            "profile",
            f"is {BASELINE}, the old chart's timings, which are slow and break what fast and safe keep: "
            "choose one of these, or add --allow-unsafe-timing to measure a baseline",
        )
        for holds, setting, why in self._inequalities():
            require(holds, setting, why)

    def _inequalities(self) -> Iterator[tuple[bool, str, str]]:
        """What a safe timing keeps: whether it holds, the setting to blame, and the sentence that says so."""
        # Rule 19: the old primary must have stopped itself before the earliest moment at which a standby that is cut
        # off from it can be promoted.
        yield (
            self.fence_s < self.earliest_promotion_s,
            "wal_sender_timeout_s",
            f"lets a promotion overtake the fence: wal_sender_timeout_s + {CHILD_NODES_CHECK_S} + "
            f"child_nodes_disconnect_s is {self.fence_s} s and must be less than the earliest promotion, "
            f"{self.earliest_promotion_s} s; lower these or raise reconnect_attempts",
        )
        # §3.2: a standby that reports every second must not be dropped for one late report.
        yield (
            self.wal_sender_timeout_s >= 2 * STATUS_S,
            "wal_sender_timeout_s",
            f"is {self.wal_sender_timeout_s}, and a standby reports every {STATUS_S} s: one late report would "
            f"drop it; choose {2 * STATUS_S} or more",
        )
        # Finding 2: whoever saw the primary less than two monitor intervals ago cancels the election, for ever.
        yield (
            not self.primary_visibility_consensus or self.patience_s >= 2 * self.monitor_interval_s,
            "primary_visibility_consensus",
            f"lets one standby cancel every election: (reconnect_attempts - 1) * reconnect_interval_s is "
            f"{self.patience_s} s and must be at least 2 * monitor_interval_s, {2 * self.monitor_interval_s} s; "
            "raise reconnect_attempts or set it to false",
        )
        # §5.3: pgpool detaches a primary for which repmgr would still have waited, and so nobody succeeds it.
        yield (
            self.pgpool_patience_s >= self.patience_s,
            "health_check_max_retries",
            f"lets pgpool give up a primary after {self.pgpool_patience_s} s (health_check_period_s + "
            f"health_check_max_retries * health_check_retry_delay_s), before repmgr does after {self.patience_s} s; "
            "raise it",
        )
