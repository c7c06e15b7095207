"""Every error answered with a sentence: JSON below /api, a page elsewhere, never a stack trace."""

from __future__ import annotations

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import (
    InterfaceError,
    NotSupportedError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)
from werkzeug.exceptions import HTTPException

from app import db
from app.todos import Invalid

__all__ = ["RETRY", "init_app", "report"]

RETRY = {"Retry-After": "1"}
"""Header of every 503: a failover is a matter of seconds."""
UNKNOWN = "The database was lost on the way; please look whether your change was saved before you try again."
EXPECTED = (OperationalError, InterfaceError, TimeoutError, NotSupportedError)
"""What a failover brings; the last is a standby's answer to BEGIN READ WRITE. One line in the log each."""
SENTENCES = {
    404: "There is nothing here.",
    405: "This address does not answer that method.",
    413: "The request is too large.",
    500: "Something went wrong here; the log has the details.",
}


def init_app(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(SQLAlchemyError, _database)


def report(error: SQLAlchemyError) -> str:
    """Log an error of the database and return the sentence for the user."""
    if isinstance(error, EXPECTED):
        first_line = next(iter(str(error).splitlines()), "")
        current_app.logger.warning("database: %s: %s", type(error).__name__, first_line)
    else:
        current_app.logger.error("database", exc_info=error)
    told = db.sentence(error)
    # Lost in the middle of a statement is not the same as never begun: a commit may have gone through.
    lost = (
        getattr(error, "connection_invalidated", False)
        and db.code(getattr(error, "orig", None)) not in db.STANDBY_SAYS
    )
    return UNKNOWN if lost and request.method not in ("GET", "HEAD") else told


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    return _answer(report(error), 503, RETRY)


def _invalid(error: Invalid) -> ResponseReturnValue:
    return _answer(str(error), 400)


def _http(error: HTTPException) -> ResponseReturnValue:
    # Flask answers redirects itself, so this is an error and has a code.
    response, status = error.get_response(), error.code or 500
    # A text of our own (abort(404, "…")) is kept, werkzeug's paragraph is not.
    own = error.description if error.description != type(error).description else None
    text = own or SENTENCES.get(status, error.name + ".")
    allowed = {"Allow": response.headers["Allow"]} if "Allow" in response.headers else {}
    return _answer(text, status, allowed)


def _answer(text: str, status: int, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return jsonify(error=text), status, headers or {}
    return render_template("error.html", text=text, status=status), status, headers or {}
