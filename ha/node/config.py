"""PostgreSQL's and repmgr's configuration files, rendered at every start into the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ha.settings import Member, Settings
from ha.template import fill
from ha.vote.epoch import NEVER, Epoch

__all__ = ["conninfo", "render", "slot_name", "upstream"]

INCLUDE = "include_if_exists = '{run}/kube-flask.conf'\n"


def conninfo(settings: Settings, member: Member, **extra: str) -> str:
    """How a member is reached by repmgr and by walreceivers.

    The keepalives and tcp_user_timeout end a connection to a vanished node within 5 s (research §3.2).
    """
    parts = {
        "host": member.host,
        "port": str(settings.port),
        "user": "repmgr",
        "passfile": str(settings.run / "pgpass"),
        "connect_timeout": str(settings.timing.connect_timeout_s),
        "keepalives": "1",
        "keepalives_idle": "5",
        "keepalives_interval": "2",
        "keepalives_count": "2",
        "tcp_user_timeout": "5000",
        **extra,
    }
    return " ".join(f"{key}={value}" for key, value in parts.items())


def upstream(settings: Settings, primary: Member, epoch: Epoch) -> dict[str, str]:
    """The two settings that make this node receive from `primary` while it leads `epoch`, and from nobody else."""
    return {
        "primary_conninfo": conninfo(settings, primary, application_name=settings.me),
        "primary_slot_name": slot_name(settings.self_member, epoch),
    }


def slot_name(member: Member, epoch: Epoch) -> str:
    """A slot is of one epoch: a receiver that comes back by itself does not find it at a newer primary."""
    return f"node_{member.node_id}_epoch_{epoch}"


def render(
    settings: Settings,
    floor: Mapping[str, int] | None = None,
    *,
    epoch: Epoch = NEVER,
    is_open: bool = False,
) -> None:
    """Write kube-flask.conf, pg_hba.conf, repmgr.conf and the password file into the run folder.

    epoch: the one this node leads or follows, for pgpool's agents. is_open: whether clients are let in.
    floor: the least values that this data needs as a standby. PostgreSQL refuses to start one with less than its
    primary ran with, so a lowered setting waits for a cluster that begins with it.
    """
    run, floor = settings.run, floor or {}
    values = {
        "s": settings,
        "me": settings.self_member,
        "sync_standbys": 0 if settings.failpoints.on("sync-off") else settings.sync_standbys,
        "max_connections": max(settings.postgres.max_connections, floor.get("max_connections", 0)),
        "max_wal_senders": max(len(settings.members) + 7, floor.get("max_wal_senders", 0)),
        "epoch": epoch,
        "is_open": is_open,
        "conninfo": conninfo(settings, settings.self_member, dbname="repmgr"),
    }
    for name in ("kube-flask.conf", "pg_hba.conf", "repmgr.conf"):
        draft = run / f"{name}.draft"
        draft.write_text(fill(name, **values))
        draft.rename(run / name)
    passfile = run / "pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"*:*:*:repmgr:{settings.secrets.repmgr_password}\n")


def point_at_config(pgdata: Path, run: Path) -> None:
    """postgresql.conf stays inside the data as a thin include: pg_rewind's single-user step reads it there."""
    (pgdata / "postgresql.conf").write_text(INCLUDE.format(run=run))
