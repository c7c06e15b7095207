"""Making data: the first initdb, a clone aside, a rewind; each safe to be interrupted anywhere."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import closing

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from ha.node.config import conninfo, point_at_config, slot_name
from ha.node.facts import parse_lsn
from ha.node.server import Server
from ha.node.tend import History
from ha.node.volume import Volume
from ha.process import CommandFailed, run
from ha.settings import Member, Settings

__all__ = ["clone", "ensure_roles", "ensure_slots", "initialise", "read_history", "rewind", "tell_upstream"]

log = logging.getLogger("ha.provision")
COPY_LIMIT_S = 3600.0


def initialise(settings: Settings, volume: Volume, beat: Callable[[], None]) -> None:
    """Run initdb into a folder of its own and move it in place when it is whole."""
    shutil.rmtree(volume.incoming, ignore_errors=True)
    options = ["-U", "postgres", "-k", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--locale=C", "--auth-local=peer", "--auth-host=scram-sha-256"]
    run(["initdb", "-D", str(volume.incoming), *options], timeout_s=300, beat=beat)
    point_at_config(volume.incoming, settings.run)
    volume.note(fresh=True, rewinding=False)
    volume.adopt_incoming()


def clone(settings: Settings, volume: Volume, source: Member, beat: Callable[[], None]) -> None:
    """Copy the primary's data beside the old data and swap it in when it is complete.

    pg_basebackup's application_name is its own, so a half-made copy never counts as a confirming standby.
    Raises CommandFailed, psycopg2.Error; the old data is untouched then.
    """
    shutil.rmtree(volume.incoming, ignore_errors=True)
    slot = slot_name(settings.self_member)
    with closing(connect_to(settings, source)) as connection:
        ensure_slot(connection, slot)
    command = ["pg_basebackup", "-D", str(volume.incoming), "-d", conninfo(settings, source), "-S", slot]
    run([*command, "-X", "stream", "-c", "fast", "--no-password"], timeout_s=COPY_LIMIT_S, beat=beat)
    point_at_config(volume.incoming, settings.run)
    (volume.incoming / "standby.signal").touch()
    volume.note(fresh=False, rewinding=False)
    volume.adopt_incoming()


def rewind(settings: Settings, volume: Volume, source: Member, beat: Callable[[], None]) -> None:
    """Undo what this data has and the primary's history lacks; ready to stream afterwards.

    Raises CommandFailed; the record then says `rewinding`, and the next start clones.
    """
    volume.note(rewinding=True)
    # pg_rewind recovers unclean data in single-user mode, which refuses standby mode.
    volume.make_primary()
    command = [
        "pg_rewind",
        "-D",
        str(volume.pgdata),
        "--source-server",
        conninfo(settings, source, dbname="postgres"),
    ]
    log.info(run(command, timeout_s=COPY_LIMIT_S, beat=beat, env={"LC_ALL": "C"}).strip())
    point_at_config(volume.pgdata, settings.run)
    volume.make_standby({})
    volume.note(rewinding=False, fresh=False)


def rewind_or_clone(settings: Settings, volume: Volume, source: Member, beat: Callable[[], None]) -> None:
    """Rewind; when that fails, clone beside the damaged data."""
    try:
        rewind(settings, volume, source, beat)
    except CommandFailed as error:
        log.warning("rewind failed, cloning instead: %s", error)
        clone(settings, volume, source, beat)


def connect_to(settings: Settings, member: Member) -> psycopg2.extensions.connection:
    """A repmgr session on another member that never waits for a standby. Raises psycopg2.Error."""
    options = "'-c synchronous_commit=local -c statement_timeout=10s'"
    connection = psycopg2.connect(conninfo(settings, member, dbname="repmgr", options=options))
    connection.autocommit = True
    return connection


def read_history(settings: Settings, primary: Member, timeline: int) -> History:
    """The history file of the primary's timeline: one line `parent switch-LSN reason` each.

    Raises psycopg2.Error when the primary cannot be asked.
    """
    if timeline == 1:
        return History(())
    with closing(connect_to(settings, primary)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_read_file(%s)", (f"pg_wal/{timeline:08X}.history",))
        row = cursor.fetchone()
    return parse_history(row[0] if row else "")


def parse_history(text: str) -> History:
    """Parse a timeline history file (PostgreSQL, src/backend/access/transam/timeline.c)."""
    fields = (line.split() for line in text.splitlines())
    return History(tuple((int(f[0]), parse_lsn(f[1])) for f in fields if len(f) >= 2 and f[0].isdigit()))


def ensure_slot(connection: psycopg2.extensions.connection, slot: str) -> None:
    """Create a physical slot unless it is there; it keeps no WAL before it was first used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_create_physical_replication_slot(%s)"
            " WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
            (slot, slot),
        )


def ensure_slots(server: Server, settings: Settings) -> None:
    """A slot for every peer, on standbys too: after a promotion the siblings attach a second sooner."""
    with closing(server.connect()) as connection:
        for peer in settings.peers:
            ensure_slot(connection, slot_name(peer))


def drop_used_slots(server: Server) -> None:
    """On a standby: slots that were used in its time as primary would keep WAL for ever."""
    server.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
        " WHERE NOT active AND restart_lsn IS NOT NULL"
    )


def tell_upstream(settings: Settings, primary: Member) -> None:
    """Write into repmgr.nodes, on the new primary, that this node follows it: repmgrd reads it at once.

    Raises psycopg2.Error.
    """
    with closing(connect_to(settings, primary)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE repmgr.nodes SET type = 'standby', upstream_node_id = %s, active = true WHERE node_id = %s",
            (primary.node_id, settings.self_member.node_id),
        )


def ensure_roles(server: Server, settings: Settings) -> None:
    """Create or refresh roles, databases and the extension from the mounted secrets; safe to repeat."""
    secrets = settings.secrets
    roles = {
        "postgres": ("SUPERUSER", secrets.postgres_password),
        "repmgr": ("SUPERUSER REPLICATION LOGIN", secrets.repmgr_password),
        "monitor": ("LOGIN", secrets.monitor_password),
        "todo": ("LOGIN", secrets.todo_password),
    }
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        known = {name for (name,) in cursor.fetchall()}
        for name, (attributes, password) in roles.items():
            verb = sql.SQL("ALTER ROLE" if name in known else "CREATE ROLE")
            statement = sql.SQL("{} {} " + attributes + " PASSWORD {}")
            cursor.execute(statement.format(verb, sql.Identifier(name), sql.Literal(password)))
        # A full server must still answer those who ask whether it is alive.
        cursor.execute("GRANT pg_monitor, pg_use_reserved_connections TO monitor")
        cursor.execute("SELECT datname FROM pg_database")
        present = {name for (name,) in cursor.fetchall()}
        for name in ("repmgr", "todo"):
            if name not in present:
                cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
    server.query("CREATE EXTENSION IF NOT EXISTS repmgr", dbname="repmgr")
