"""What the agents keep inside PostgreSQL: slots, roles and databases, the rows of epochs, repmgr's upstreams."""

from __future__ import annotations

from contextlib import closing

import psycopg2.extensions
from psycopg2 import sql

from ha.node.config import conninfo, slot_name
from ha.node.server import Server
from ha.settings import Member, Settings
from ha.vote.epoch import Epoch

__all__ = ["connect_to", "ensure_roles", "ensure_slot", "ensure_slots", "tell_upstream", "write_epoch"]

EPOCHS = """
CREATE SCHEMA IF NOT EXISTS kube_flask;
CREATE TABLE IF NOT EXISTS kube_flask.epochs (
    epoch bigint PRIMARY KEY, node text NOT NULL, at timestamptz NOT NULL DEFAULT now())
"""


def connect_to(settings: Settings, member: Member, timeout_s: float = 10.0) -> psycopg2.extensions.connection:
    """A repmgr session on another member that never waits for a standby. Raises psycopg2.Error."""
    options = f"'-c synchronous_commit=local -c statement_timeout={timeout_s:.0f}s'"
    connection = psycopg2.connect(conninfo(settings, member, dbname="repmgr", options=options))
    connection.autocommit = True
    return connection


def ensure_slot(connection: psycopg2.extensions.connection, slot: str) -> None:
    """Create a physical slot unless it is there; it keeps no WAL before it was first used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_create_physical_replication_slot(%s)"
            " WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
            (slot, slot),
        )


def ensure_slots(connection: psycopg2.extensions.connection, settings: Settings, epoch: Epoch) -> None:
    """A slot for every peer in this epoch, and none of another one, which would keep WAL for ever."""
    wanted = [slot_name(peer, epoch) for peer in settings.peers]
    for slot in wanted:
        ensure_slot(connection, slot)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            " WHERE NOT active AND slot_type = 'physical' AND slot_name <> ALL(%s)",
            (wanted,),
        )


def write_epoch(connection: psycopg2.extensions.connection, settings: Settings, epoch: Epoch) -> None:
    """The first row of an epoch: its WAL says who wrote it (design.md, rule 3). In the database repmgr.

    Raises psycopg2.Error.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kube_flask.epochs (epoch, node) VALUES (%s, %s)"
            " ON CONFLICT (epoch) DO UPDATE SET at = now()",
            (epoch, settings.me),
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
    server.query(EPOCHS, dbname="repmgr")
