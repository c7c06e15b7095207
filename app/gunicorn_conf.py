"""gunicorn's configuration, used as `gunicorn -c python:app.gunicorn_conf`."""

from __future__ import annotations

import logging
import os
from typing import Any

from app import drain
from app.settings import Settings

settings = Settings.from_env()

wsgi_app = "app:create_app()"
# Imported once and not by every worker: where a node is drained, its pods start while the primary hands over, on the
# same processors.
preload_app = True
bind = settings.listen
workers = settings.workers
worker_class = "gthread"
threads = settings.threads
keepalive = 5
graceful_timeout = settings.graceful_s
# The heartbeat file: in memory where there is such a place, else in /tmp (the root may be read-only).
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
control_socket_disable = True
accesslog = "-"
access_log_format = '%(t)s %(h)s %({x-forwarded-for}i)s "%(r)s" %(s)s %(b)s %(M)sms'


def when_ready(server: Any) -> None:
    """Called in the arbiter, whose signal handlers are in place."""
    drain.delay_sigterm(settings.drain_s)


def quiet(record: logging.LogRecord) -> bool:
    """Keep all lines but those of probes that were content, which come every second."""
    atoms: Any = record.args
    return not (atoms["U"] in ("/healthz", "/readyz") and atoms["s"] == "200")


def post_fork(server: Any, worker: Any) -> None:
    """Called in each new worker."""
    # What the arbiter's engine has open (SQLite's migration) is the arbiter's.
    worker.app.wsgi().extensions["db"].kw["bind"].dispose(close=False)
    worker.log.access_log.addFilter(quiet)
