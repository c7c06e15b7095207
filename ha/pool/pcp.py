"""pgpool's control port: its view of the backends, and attach/detach, each call with its own time-out."""

from __future__ import annotations

from pathlib import Path

from ha.node.process import CommandFailed, Heartbeat, run
from ha.pool.facts import Backend
from ha.settings import Settings

__all__ = ["PCP_USER", "Pcp", "PcpError", "parse_node_info"]

PCP_USER = "agent"
VIEW_S = 5.0
"""pcp_node_info asks every backend in turn and waits connect_timeout (1 s) for each that is silent."""
ACT_S = 5.0
FIELDS = 9


class PcpError(RuntimeError):
    """pgpool did not answer, or answered something unknown."""


def parse_node_info(text: str) -> tuple[Backend, ...]:
    """The lines of `pcp_node_info` of 4.6: host port status weight status-name pg-status role pg-role ...

    Lines of other programs' chatter are skipped; raises PcpError when no line is a backend.
    """
    rows = [line.split() for line in text.splitlines()]
    found = [row for row in rows if len(row) >= FIELDS and row[1].isdigit() and row[2].isdigit()]
    if not found:
        raise PcpError(f"pcp_node_info told of no backend: {text.strip()[:200]!r}")
    return tuple(
        Backend(
            index=index,
            name=row[0].split(".", 1)[0],
            status=row[4],
            role=row[6],
            pg_status=row[5],
            pg_role=row[7],
        )
        for index, row in enumerate(found)
    )


class Pcp:
    """The pcp_* tools of this pod's pgpool."""

    def __init__(self, settings: Settings, passfile: Path, heart: Heartbeat) -> None:
        self._port = str(settings.pgpool.pcp_port)
        self._passfile = passfile
        self._heart = heart

    def view(self) -> tuple[Backend, ...]:
        """All backends as pgpool sees them. Raises PcpError."""
        return parse_node_info(self._run("pcp_node_info", VIEW_S, "-a"))

    def attach(self, index: int) -> None:
        """Use this backend again. Raises PcpError."""
        self._run("pcp_attach_node", ACT_S, "-n", str(index))

    def detach(self, index: int) -> None:
        """Stop using this backend, which also makes pgpool look for its primary. Raises PcpError."""
        self._run("pcp_detach_node", ACT_S, "-n", str(index))

    def _run(self, tool: str, timeout_s: float, *arguments: str) -> str:
        command = [tool, "-h", "localhost", "-p", self._port, "-U", PCP_USER, "-w", *arguments]
        environment = {"PCPPASSFILE": str(self._passfile)}
        try:
            return run(command, timeout_s=timeout_s, beat=self._heart.beat, env=environment)
        except CommandFailed as error:
            raise PcpError(str(error)) from error
