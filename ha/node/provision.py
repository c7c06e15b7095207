"""Making data: the first initdb, a clone aside, a rewind; each safe to be interrupted anywhere."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import closing

from ha.node.catalog import connect_to, ensure_slot
from ha.node.config import conninfo, point_at_config, slot_name
from ha.node.volume import Volume
from ha.process import run
from ha.settings import Member, Settings
from ha.vote.epoch import Epoch

__all__ = ["clone", "initialise", "rewind"]

log = logging.getLogger("ha.provision")
COPY_LIMIT_S = 3600.0
CHECKPOINT_LIMIT_S = 60.0


def initialise(settings: Settings, volume: Volume, beat: Callable[[], None]) -> None:
    """Run initdb into a folder of its own and move it in place when it is whole."""
    shutil.rmtree(volume.incoming, ignore_errors=True)
    options = ["-U", "postgres", "-k", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--locale=C", "--auth-local=peer", "--auth-host=scram-sha-256"]
    run(["initdb", "-D", str(volume.incoming), *options], timeout_s=300, beat=beat)
    point_at_config(volume.incoming, settings.run)
    volume.adopt_incoming()


def clone(settings: Settings, volume: Volume, source: Member, epoch: Epoch, beat: Callable[[], None]) -> None:
    """Copy the data of the primary of `epoch` beside the old data, and swap it in when it is complete.

    pg_basebackup's application_name is its own, so a half-made copy never counts as a confirming standby. The
    volume is left marked as unfinished: whose history it holds now is the caller's to record first.
    Raises CommandFailed, psycopg2.Error; the old data is untouched then.
    """
    shutil.rmtree(volume.incoming, ignore_errors=True)
    slot = slot_name(settings.self_member, epoch)
    with closing(connect_to(settings, source)) as connection:
        ensure_slot(connection, slot)
    command = ["pg_basebackup", "-D", str(volume.incoming), "-d", conninfo(settings, source), "-S", slot]
    run([*command, "-X", "stream", "-c", "fast", "--no-password"], timeout_s=COPY_LIMIT_S, beat=beat)
    point_at_config(volume.incoming, settings.run)
    (volume.incoming / "standby.signal").touch()
    volume.note(rewinding=True)
    volume.adopt_incoming()


def rewind(settings: Settings, volume: Volume, source: Member, beat: Callable[[], None]) -> None:
    """Undo what this data has and the primary's history lacks; the volume is left marked as unfinished, as by `clone`.

    Raises CommandFailed, psycopg2.Error.
    """
    with closing(connect_to(settings, source, timeout_s=CHECKPOINT_LIMIT_S)) as connection:
        # pg_rewind reads the primary's control file: it must already show the new timeline.
        connection.cursor().execute("CHECKPOINT")
    volume.note(rewinding=True)
    # pg_rewind recovers unclean data in single-user mode, which refuses standby mode.
    volume.make_primary()
    server = conninfo(settings, source, dbname="postgres")
    command = ["pg_rewind", "-D", str(volume.pgdata), "--source-server", server]
    log.info(run(command, timeout_s=COPY_LIMIT_S, beat=beat, env={"LC_ALL": "C"}).strip())
    point_at_config(volume.pgdata, settings.run)
    volume.make_standby()
