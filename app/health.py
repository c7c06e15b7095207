"""/healthz: the process answers. /readyz: it can do its work, and is not about to stop."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import drain
from app.db import transaction
from app.errors import RETRY, report
from app.models import Todo

__all__ = ["bp"]

bp = Blueprint("health", __name__)

TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer without the database: restarting this process would not heal a database."""
    return "ok\n", TEXT


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 when the database answers with the table, 503 with the reason otherwise."""
    if drain.begun():
        return "shutting down\n", 503, TEXT | RETRY
    try:
        with transaction() as session:
            session.execute(select(Todo.todo_id).limit(1))
    except SQLAlchemyError as error:
        return report(error) + "\n", 503, TEXT | RETRY
    return "ready\n", TEXT
