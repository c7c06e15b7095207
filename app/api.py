"""The JSON API below /api; app/openapi.py describes it."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app import todos
from app.db import transaction
from app.models import MAX_ID
from app.openapi import document

__all__ = ["ABSENT", "bp"]

bp = Blueprint("api", __name__, url_prefix="/api")

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
ABSENT = "There is no todo with this id."


def _body() -> dict[str, Any]:
    if request.mimetype != "application/json":
        abort(415, "Send the todo as JSON, with the header Content-Type: application/json.")
    raw = request.get_data()
    # A chunked body is cut off at the limit without a word, a declared length was refused before.
    if len(raw) >= (request.max_content_length or 0):
        abort(413)
    try:
        body = json.loads(raw)
    # Thousands of opening brackets end the parser with a RecursionError.
    except (ValueError, RecursionError):
        abort(400, "The body is not valid JSON.")
    if not isinstance(body, dict):
        abort(400, 'The body must be a JSON object like {"title": "Buy milk"}.')
    return body


def _query(name: str, most: int) -> int | None:
    value = request.args.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 11 and 1 <= int(value) <= most):
        abort(400, f"The parameter {name} must be a whole number from 1 to {most}.")
    return int(value)


def _choice(name: str) -> bool | None:
    value = request.args.get(name)
    if value not in (None, "true", "false"):
        abort(400, f"The parameter {name} must be true or false.")
    return None if value is None else value == "true"


@bp.get("/todos")
def index() -> ResponseReturnValue:
    """List todos, newest first; `next` is the `after` of the next page, null on the last one."""
    unknown = sorted(set(request.args) - {"limit", "after", "done"})
    if unknown:
        abort(400, f"There is no parameter {unknown[0][:50]!r}; there are limit, after and done.")
    limit, after, done = _query("limit", MAX_LIMIT), _query("after", MAX_ID), _choice("done")
    with transaction() as session:
        found, following = todos.page(session, limit=limit or DEFAULT_LIMIT, after=after, done=done)
    return jsonify(todos=[todo.to_json() for todo in found], next=following)


@bp.post("/todos")
def create() -> ResponseReturnValue:
    """Store a todo; 201 means that it is stored."""
    values = todos.clean(_body())
    with transaction() as session:
        todo = todos.add(session, values)
    return jsonify(todo.to_json()), 201, {"Location": url_for("api.show", todo_id=todo.todo_id)}


@bp.get("/todos/<int:todo_id>")
def show(todo_id: int) -> ResponseReturnValue:
    """Return one todo."""
    with transaction() as session:
        todo = todos.get(session, todo_id)
    if todo is None:
        abort(404, ABSENT)
    return jsonify(todo.to_json())


@bp.patch("/todos/<int:todo_id>")
def change(todo_id: int) -> ResponseReturnValue:
    """Set the given fields and return the whole todo."""
    values = todos.clean(_body(), partial=True)
    with transaction() as session:
        todo = todos.change(session, todo_id, values)
    if todo is None:
        abort(404, ABSENT)
    return jsonify(todo.to_json())


@bp.delete("/todos/<int:todo_id>")
def remove(todo_id: int) -> ResponseReturnValue:
    """Delete a todo."""
    with transaction() as session:
        found = todos.remove(session, todo_id)
    if not found:
        abort(404, ABSENT)
    return "", 204


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Describe this API."""
    return jsonify(document())
