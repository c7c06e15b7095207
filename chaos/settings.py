"""What one invocation of the instrument is told; made once, from the command line and the environment."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chaos.kept import FOLDER
from cluster.settings import Settings as ClusterSettings
from cluster.settings import cache_dir

__all__ = ["Settings", "SettingsError", "alone", "from_environment"]


class SettingsError(ValueError):
    """The instrument cannot start; one sentence says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """Paths are absolute."""

    cluster: ClusterSettings
    """The cluster of `make up`, for the target `kind`."""
    pg_password: str = field(default="", repr=False)
    """For a --dsn without a password, so that none need be on a command line."""

    @property
    def build(self) -> Path:
        """Histories, verdicts and reports."""
        return self.cluster.root / "build" / "chaos"

    @property
    def kept(self) -> Path:
        """The runs behind the published figures, packed."""
        return self.cluster.root / FOLDER

    @property
    def lock(self) -> Path:
        """Whoever holds it is the only one on this machine who breaks things and measures."""
        return self.cluster.cache / "chaos.lock"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of this repository on this machine."""
    root = Path(__file__).resolve().parent.parent
    return Settings(
        cluster=ClusterSettings(root=root, cache=cache_dir(environment)),
        pg_password=environment.get("PGPASSWORD", ""),
    )


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep others from breaking and measuring at the same time: each would judge the other's faults.

    Raises SettingsError when somebody does.
    """
    settings.lock.parent.mkdir(parents=True, exist_ok=True)
    with settings.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"Another `python -m chaos` is at work and holds {settings.lock}; wait until it has ended."
            ) from None
        yield
