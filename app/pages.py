"""The server-rendered pages: list, new, edit, done, delete. They work without JavaScript."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app import todos
from app.api import ABSENT
from app.db import transaction
from app.errors import RETRY, report
from app.models import MAX_ID, TEXT_LENGTH, TITLE_LENGTH, Todo

__all__ = ["bp"]

bp = Blueprint("pages", __name__)

PAGE = 20
SHOW = {"all": None, "open": False, "done": True}
COOKIE = "notice"
# The cookie holds a key of this table and no text: it needs no signature, so replicas share no secret.
NOTICES = {
    "added": "Todo added.",
    "saved": "Changes saved.",
    "done": "Marked as done.",
    "open": "Marked as open again.",
    "deleted": "Todo deleted.",
}


@bp.app_context_processor
def _limits() -> dict[str, int]:
    return {"title_length": TITLE_LENGTH, "text_length": TEXT_LENGTH}


def _here() -> dict[str, Any]:
    """Return the part of the list a visitor looks at, as far as the address is sound."""
    show, after = request.args.get("show"), request.args.get("after", type=int)
    return {
        "show": show if show in ("open", "done") else None,
        "after": after if after and 0 < after <= MAX_ID else None,
    }


def _back(notice: str) -> ResponseReturnValue:
    response = redirect(url_for("pages.index", **_here()), 303)
    response.set_cookie(COOKIE, notice, max_age=30, httponly=True, samesite="Lax")
    return response


def _existing(todo_id: int) -> Todo:
    with transaction() as session:
        todo = todos.get(session, todo_id)
    return todo or abort(404, ABSENT)


def _form(
    todo_id: int | None, values: dict[str, Any], errors: dict[str, str] | None = None, trouble: str = ""
) -> str:
    return render_template("form.html", todo_id=todo_id, values=values, errors=errors or {}, trouble=trouble)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show a page of todos, newest first, with what was just done to them."""
    here = _here()
    done = SHOW[here["show"] or "all"]
    with transaction() as session:
        found, following = todos.page(session, limit=PAGE, after=here["after"], done=done)
        n_open, n_done = todos.counts(session)
    notice = NOTICES.get(request.cookies.get(COOKIE, ""))
    page = render_template(
        "list.html", todos=found, following=following, n_open=n_open, n_done=n_done, notice=notice, **here
    )
    response = make_response(page)
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None, {"title": "", "text": ""})


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Store the form as a new todo."""
    return _store(None, "added")


@bp.get("/<int:todo_id>/edit")
def edit(todo_id: int) -> ResponseReturnValue:
    """Show the form with a todo's values."""
    return _form(todo_id, _existing(todo_id).to_json())


@bp.post("/<int:todo_id>/edit")
def save(todo_id: int) -> ResponseReturnValue:
    """Store the form over a todo."""
    return _store(todo_id, "saved")


def _store(todo_id: int | None, notice: str) -> ResponseReturnValue:
    values = {"title": request.form.get("title", ""), "text": request.form.get("text", "")}
    try:
        cleaned = todos.clean(values)
        with transaction() as session:
            if todo_id is None:
                todos.add(session, cleaned)
            elif todos.change(session, todo_id, cleaned) is None:
                abort(404, ABSENT)
    except todos.Invalid as error:
        return _form(todo_id, values, error.errors), 400
    except SQLAlchemyError as error:
        # Not the plain error page: what was typed must not be lost.
        return _form(todo_id, values, trouble=report(error)), 503, RETRY
    return _back(notice)


@bp.post("/<int:todo_id>/done")
def toggle(todo_id: int) -> ResponseReturnValue:
    """Mark as done or open, as the form says: sent twice it does the same as once."""
    done = {"1": True, "0": False}.get(request.form.get("done", ""))
    if done is None:
        abort(400, "The field done must be 1 or 0.")
    with transaction() as session:
        found = todos.change(session, todo_id, {"done": done})
    return _back("done" if done else "open") if found else abort(404, ABSENT)


@bp.get("/<int:todo_id>/delete")
def confirm(todo_id: int) -> ResponseReturnValue:
    """Ask before deleting."""
    return render_template("delete.html", todo=_existing(todo_id))


@bp.post("/<int:todo_id>/delete")
def remove(todo_id: int) -> ResponseReturnValue:
    """Delete a todo."""
    with transaction() as session:
        found = todos.remove(session, todo_id)
    return _back("deleted") if found else abort(404, ABSENT)
