"""repmgr as the mechanism: its metadata, its promote command, its daemon under supervision."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing

from ha.node.facts import NodeStatus
from ha.node.server import Server
from ha.process import POLL_S, Child, CommandFailed, run
from ha.settings import Settings
from ha.sql import Silence, Talk

__all__ = ["Repmgrd", "is_registered", "promote", "register"]

log = logging.getLogger("ha.repmgr")
BIN = "/usr/lib/postgresql/17/bin"
COMMAND_LIMIT_S = 40.0
"""Longer than repmgr's own promote_check_timeout (30 s)."""
ASK_S = 1.0
RESTART_EVERY_S = 3.0
"""repmgrd ends by itself while its upstream is missing (research §2); then it is tried again this often."""


def _repmgr(settings: Settings, *words: str, **env: str) -> str:
    config = str(settings.run / "repmgr.conf")
    output = run([f"{BIN}/repmgr", *words, "-f", config], timeout_s=COMMAND_LIMIT_S, env=env)
    log.info("repmgr %s: %s", " ".join(words), " | ".join(output.strip().splitlines()[-3:]))
    return output


def promote(
    settings: Settings,
    server: Server,
    beat: Callable[[], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Promote this standby, and return as soon as it takes writes; repmgr may still be telling its metadata.

    meanwhile: called once, while repmgr starts. Raises CommandFailed, and what `meanwhile` raises.
    """
    failed: list[CommandFailed] = []

    def command() -> None:
        try:
            # Before it promotes, repmgr connects to every node to see whether one leads. The vote has settled that, and
            # a node that is gone costs it 1 s: each name is this server's for it (libpq, PGHOSTADDR).
            _repmgr(settings, "standby", "promote", PGHOSTADDR="127.0.0.1")
        except CommandFailed as error:
            failed.append(error)

    telling = threading.Thread(target=command, name="promote", daemon=True)
    telling.start()
    meanwhile()
    with closing(Talk()) as talk:
        while telling.is_alive() and not _is_primary(server, talk):
            beat()
            time.sleep(POLL_S)
        if failed and not _is_primary(server, talk):
            raise failed[0]


def _is_primary(server: Server, talk: Talk) -> bool:
    try:
        return talk.ask("SELECT pg_is_in_recovery()", within_s=ASK_S, **server.address) == (False,)
    except Silence:
        return False


def register(settings: Settings, status: NodeStatus) -> None:
    """Make repmgr.nodes say what this node is. Raises CommandFailed, for instance before the primary is."""
    if status.role == "primary":
        _repmgr(settings, "primary", "register", "--force")
    elif status.receiving_from:
        upstream = str(settings.member(status.receiving_from).node_id)
        _repmgr(settings, "standby", "register", "--force", "--upstream-node-id", upstream)


def is_registered(server: Server, settings: Settings, status: NodeStatus) -> bool:
    """Whether the local copy of repmgr.nodes already says it. Raises psycopg2.Error."""
    upstream = settings.member(status.receiving_from).node_id if status.receiving_from else None
    rows = server.query(
        "SELECT 1 FROM repmgr.nodes WHERE node_id = %s AND type = %s AND active"
        " AND upstream_node_id IS NOT DISTINCT FROM %s",
        (settings.self_member.node_id, status.role, upstream),
        dbname="repmgr",
    )
    return bool(rows)


class Repmgrd(Child):
    """The daemon as the agent's child. PostgreSQL's life never depends on it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(lambda: None)
        self._settings = settings
        self._started = 0.0

    def keep(self) -> None:
        """Start it when it does not run, at most every RESTART_EVERY_S."""
        if self.running or time.monotonic() - self._started < RESTART_EVERY_S:
            return
        code = self.forget()
        if code is not None:
            log.warning("repmgrd ended with code %s", code)
        config = str(self._settings.run / "repmgr.conf")
        self._spawn([f"{BIN}/repmgrd", "-f", config, "--daemonize=false", "--no-pid-file"])
        self._started = time.monotonic()

    def stop(self) -> None:
        """End it before PostgreSQL stops: it would take the stop for a failure."""
        self._end(signal.SIGTERM, within_s=3.0)
