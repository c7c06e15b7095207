"""pgpool's control port: its view of the backends, and attach/detach, each call with its own time-out."""

from __future__ import annotations

from pathlib import Path

from ha.pool.facts import Backend
from ha.process import CommandFailed, Heartbeat, run
from ha.settings import Settings

__all__ = ["PCP_USER", "Pcp", "PcpError", "parse_backend"]

PCP_USER = "agent"
CALL_S = 2.0
"""Everything asked here comes from shared memory; pcp_node_info, which asks the servers too, takes as long as
the slowest of them (3 s with one frozen standby)."""
FIELDS = 5


class PcpError(RuntimeError):
    """pgpool did not answer, or answered something unknown."""


def parse_backend(text: str, index: int) -> Backend:
    """The output of `pcp_health_check_stats -n INDEX` of 4.6: index host port status role ...

    Lines of other programs' chatter are skipped; raises PcpError when no line is that backend.
    """
    for row in (line.split() for line in text.splitlines()):
        if len(row) >= FIELDS and row[0] == str(index) and row[2].isdigit():
            return Backend(index, row[1].split(".", 1)[0], status=row[3], role=row[4])
    raise PcpError(f"pcp_health_check_stats told nothing of backend {index}: {text.strip()[:200]!r}")


class Pcp:
    """The pcp_* tools of this pod's pgpool."""

    def __init__(self, settings: Settings, passfile: Path, heart: Heartbeat) -> None:
        self._port = str(settings.pgpool.pcp_port)
        self._count = len(settings.members)
        self._passfile = passfile
        self._heart = heart

    def view(self) -> tuple[Backend, ...]:
        """All backends as pgpool sees them. Raises PcpError at the first that it does not tell."""
        return tuple(
            parse_backend(self._run("pcp_health_check_stats", index), index) for index in range(self._count)
        )

    def attach(self, index: int) -> None:
        """Use this backend again. Raises PcpError."""
        self._run("pcp_attach_node", index)

    def detach(self, index: int) -> None:
        """Stop using this backend, which also makes pgpool look for its primary. Raises PcpError."""
        self._run("pcp_detach_node", index)

    def _run(self, tool: str, index: int) -> str:
        command = [tool, "-h", "localhost", "-p", self._port, "-U", PCP_USER, "-w", "-n", str(index)]
        environment = {"PCPPASSFILE": str(self._passfile)}
        try:
            return run(command, timeout_s=CALL_S, beat=self._heart.beat, env=environment)
        except CommandFailed as error:
            raise PcpError(str(error)) from error
