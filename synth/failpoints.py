"""Safeties that can be switched off, and what keeps that out of every release."""

from __future__ import annotations

from dataclasses import dataclass, fields

from synth.checks import between, require

__all__ = ["Failpoints"]


@dataclass(frozen=True)
class Failpoints:
    """Safeties switched off on purpose, to see that the suite notices; ha/failpoints.py says what each does."""

    allowed: bool = False
    """Whether any of them may be given; `--allow-failpoints` sets it."""
    gate_open: bool = False
    promise_volatile: bool = False
    lock_off: bool = False
    lineage_off: bool = False
    fence_off: bool = False
    sync_off: bool = False
    hold_before_promote: int = 0
    """Seconds."""
    hold_before_follow: int = 0
    """Seconds."""
    long_branch: bool = False
    reconciler_off: bool = False
    reconciler_late: int = 0
    """Seconds."""

    @property
    def active(self) -> dict[str, bool | int]:
        """Those that are given, by the name that the agents know."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "allowed"}
        return {name.replace("_", "-"): value for name, value in values.items() if value}

    def __post_init__(self) -> None:
        between("hold_before_promote", self.hold_before_promote, 0, 15, "seconds")
        between("hold_before_follow", self.hold_before_follow, 0, 15, "seconds")
        between("reconciler_late", self.reconciler_late, 0, 60, "seconds")
        for name in self.active:
            require(
                self.allowed,
                name.replace("-", "_"),
                "takes a safety away; leave it out, or add --allow-failpoints for a cluster that may lose its data",
            )
