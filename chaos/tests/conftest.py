"""A PostgreSQL of this machine's own; where there is none, the tests that need it are not collected."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from chaos.sql import Ledger

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
collect_ignore = [] if BINARIES else ["test_sql.py"]
START_S = 20


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def ledger() -> Iterator[Ledger]:
    # initdb refuses to run as root, and pytest's own folders are closed to everybody else.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="chaos-pg-"))
    data, binaries, port = folder / "data", BINARIES[-1].parent, free_port()
    if user:
        shutil.chown(folder, user)
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "todo", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, user=user, check=True, stdout=subprocess.DEVNULL)
    # Nobody ever confirms, so the commit of everybody but `todo` waits for ever.
    options = ["fsync=off", f"port={port}", "listen_addresses=127.0.0.1", "synchronous_standby_names=nobody"]
    flags = [part for option in [*options, f"unix_socket_directories={folder}"] for part in ("-c", option)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([binaries / "postgres", "-D", data, *flags], user=user, stderr=log)
    ledger = Ledger((("127.0.0.1", port),), "todo", "", "postgres")
    try:
        for attempt in Retrying(
            stop=stop_after_delay(START_S),
            wait=wait_fixed(0.1),
            retry=retry_if_exception_type(psycopg2.OperationalError),
        ):
            with attempt:
                ledger.query("SET synchronous_commit = local; ALTER ROLE todo SET synchronous_commit = local")
        ledger.query("CREATE ROLE waits LOGIN SUPERUSER")
        ledger.prepare()
        yield ledger
    finally:
        process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
        process.wait(START_S)
        shutil.rmtree(folder)
