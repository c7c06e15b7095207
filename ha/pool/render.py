"""Everything pgpool reads, written from the settings into its run folder at each start of the agent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from ha.pool.pcp import PCP_USER
from ha.settings import Settings, SettingsError
from ha.template import fill

__all__ = ["reads_spread", "render", "write"]

USERS = ("todo", "monitor")
"""Every role that logs in through pgpool; SCRAM needs the clear password on both legs."""
WRITE_FUNCTIONS = (
    "nextval",
    "setval",
    "lastval",
    "currval",
    "set_config",
    "txid_current",
    "pg_current_xact_id",
    "pg_current_wal_.*",
    "pg_advisory_.*",
    "pg_try_advisory_.*",
    "pg_notify",
    "pg_logical_emit_message",
    "lo_.*",
)


def reads_spread(sync_standbys: int) -> bool:
    """Whether readers may be sent to standbys: whatever one shows must be on as many nodes as an acknowledged write.

    A row that a standby shows is there and on its primary. That is k+1 nodes for k = 1 and too few for k = 2, so with
    five nodes a winner may lack what a reader has seen (I6). A standby cannot hold back what it has replayed.
    """
    return sync_standbys <= 1


def render(settings: Settings, run: Path, held: Sequence[str] = ()) -> dict[str, str]:
    """File name → content of what pgpool and the pcp tools read. Raises SettingsError.

    held: members that nobody may detach.
    """
    secrets = settings.secrets
    secrets.require("todo_password", "monitor_password", "pcp_password", "read_token")
    passwords = {"todo": secrets.todo_password, "monitor": secrets.monitor_password}
    for name, password in {**passwords, "pcp": secrets.pcp_password}.items():
        if not password.isprintable() or ":" in password or "\\" in password:
            raise SettingsError(
                f"secret {name}-password: pgpool's files allow no ':', '\\' or control characters"
            )
    pcp_md5 = hashlib.md5(secrets.pcp_password.encode(), usedforsecurity=False).hexdigest()
    return {
        "pgpool.conf": fill(
            "pgpool.conf",
            run=run,
            port=settings.port,
            pcp_port=settings.pgpool.pcp_port,
            members=settings.members,
            held=held,
            pool=settings.pgpool,
            write_functions=WRITE_FUNCTIONS,
            reads_spread=reads_spread(settings.sync_standbys),
        ),
        "pool_hba.conf": fill("pool_hba.conf", users=USERS),
        "pool_passwd": "".join(f"{user}:TEXT{passwords[user]}\n" for user in USERS),
        "pcp.conf": f"{PCP_USER}:{pcp_md5}\n",
        "pcppass": f"localhost:{settings.pgpool.pcp_port}:{PCP_USER}:{secrets.pcp_password}\n",
    }


def write(settings: Settings, run: Path, held: Sequence[str] = ()) -> None:
    """Render into `run`, readable by this user only. Raises SettingsError, and OSError when it cannot.

    Each file is replaced in one step: children of a running pgpool may be reading it.
    """
    for name, text in render(settings, run, held).items():
        draft = run / f"{name}.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(run / name)
