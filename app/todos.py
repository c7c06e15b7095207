"""What may be stored, and the queries that pages and API share."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.models import MAX_ID, TEXT_LENGTH, TITLE_LENGTH, Todo

__all__ = ["Invalid", "add", "change", "clean", "counts", "get", "page", "remove"]

KNOWN = ("title", "text", "done")


class Invalid(ValueError):
    """Values that cannot be stored: `errors` maps a field (empty for the whole) to a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = errors


def clean(values: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """Return the values as they are stored; `partial` allows a missing title. Raises Invalid."""
    unknown = [name for name in values if name not in KNOWN]
    if unknown:
        raise Invalid({"": f"There is no field {unknown[0][:50]!r} to set; there are title, text and done."})
    if partial and not values:
        raise Invalid({"": "Nothing to change; give at least one of title, text and done."})
    cleaned = {
        name: value.replace("\r\n", "\n") if isinstance(value, str) else value
        for name, value in values.items()
    }
    if isinstance(cleaned.get("title"), str):
        cleaned["title"] = cleaned["title"].strip()
    errors = {name: error for name, value in cleaned.items() if (error := _error(name, value))}
    if not partial and "title" not in values:
        errors["title"] = "The title is missing."
    if errors:
        raise Invalid(errors)
    return cleaned


def _error(name: str, value: object) -> str | None:
    if name == "done":
        return None if isinstance(value, bool) else "The field done must be true or false."
    if not isinstance(value, str):
        return f"The {name} must be a string."
    if name == "title" and not value:
        return "The title must not be empty."
    most = TITLE_LENGTH if name == "title" else TEXT_LENGTH
    if len(value) > most:
        return f"The {name} must have at most {most} characters; this one has {len(value)}."
    # PostgreSQL stores neither NUL nor half a surrogate pair; other control characters serve nobody.
    allowed = "" if name == "title" else "\n\t"
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in value):
        return f"The {name} must not contain control characters{'' if allowed else ' or line breaks'}."
    return None


def page(
    session: Session, *, limit: int, after: int | None = None, done: bool | None = None
) -> tuple[list[Todo], int | None]:
    """Return up to `limit` todos, newest first, from behind the id `after`; and the next page's `after`."""
    query = select(Todo).order_by(Todo.todo_id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Todo.todo_id < after)
    if done is not None:
        query = query.where(Todo.done.is_(done))
    found = list(session.scalars(query))
    return found[:limit], found[limit - 1].todo_id if len(found) > limit else None


def counts(session: Session) -> tuple[int, int]:
    """Return how many todos are open and how many are done."""
    query = select(Todo.done, func.count().label("number")).group_by(Todo.done)
    rows = {row.done: row.number for row in session.execute(query)}
    return rows.get(False, 0), rows.get(True, 0)


def get(session: Session, todo_id: int) -> Todo | None:
    """Return the todo, or None."""
    return session.get(Todo, todo_id) if todo_id <= MAX_ID else None


def add(session: Session, values: Mapping[str, Any]) -> Todo:
    """Store a new todo of cleaned values and return it with its id."""
    todo = Todo(**{"text": "", "done": False, **values})
    session.add(todo)
    session.flush()
    return todo


def change(session: Session, todo_id: int, values: Mapping[str, Any]) -> Todo | None:
    """Set the cleaned values and return the todo, or None when there is no such one."""
    # One statement, not read-then-write: two people who edit different fields both keep theirs.
    if todo_id > MAX_ID:
        return None
    query = update(Todo).where(Todo.todo_id == todo_id).values(**values).returning(Todo)
    return session.scalars(query).one_or_none()


def remove(session: Session, todo_id: int) -> bool:
    """Delete the todo; False when there was none."""
    if todo_id > MAX_ID:
        return False
    query = delete(Todo).where(Todo.todo_id == todo_id).returning(Todo.todo_id)
    return session.scalars(query).one_or_none() is not None
