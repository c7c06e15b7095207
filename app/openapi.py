"""The OpenAPI document of the JSON API, written by hand; a test compares it with the routes."""

from __future__ import annotations

from typing import Any

from app.models import MAX_ID, TEXT_LENGTH, TITLE_LENGTH

__all__ = ["document"]

TITLE = {"type": "string", "minLength": 1, "maxLength": TITLE_LENGTH, "description": "One line."}
FIELDS = {
    "title": TITLE,
    "text": {"type": "string", "maxLength": TEXT_LENGTH},
    "done": {"type": "boolean"},
}
TODO_ID = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
SCHEMAS = {
    "NewTodo": {"type": "object", "properties": FIELDS, "required": ["title"], "additionalProperties": False},
    "Change": {"type": "object", "properties": FIELDS, "minProperties": 1, "additionalProperties": False},
    "Todo": {
        "type": "object",
        "properties": {"todo_id": TODO_ID, **FIELDS, "pub_date": {"type": "string", "format": "date-time"}},
        "required": ["todo_id", "title", "text", "done", "pub_date"],
    },
    "Page": {
        "type": "object",
        "properties": {
            "todos": {"type": "array", "items": {"$ref": "#/components/schemas/Todo"}},
            "next": {
                "type": ["integer", "null"],
                "description": "`after` of the next page, null on the last.",
            },
        },
        "required": ["todos", "next"],
    },
    "Error": {
        "type": "object",
        "properties": {"error": {"type": "string", "description": "One sentence."}},
        "required": ["error"],
    },
}
QUERY = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    "after": TODO_ID,
    "done": {"type": "boolean"},
}


def _json(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _operation(
    name: str, summary: str, answers: dict[str, tuple[str, str | None]], body: str = ""
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {
            status: {"description": text, **(_json(schema) if schema else {})}
            for status, (text, schema) in {
                **answers,
                "503": ("The database cannot be reached; try again after Retry-After seconds.", "Error"),
            }.items()
        },
    }
    if body:
        made["requestBody"] = {"required": True, **_json(body)}
    return made


def document() -> dict[str, Any]:
    """Return the document."""
    wrong = {"400": ("Bad input.", "Error"), "413": ("Too large.", "Error"), "415": ("Not JSON.", "Error")}
    absent: dict[str, tuple[str, str | None]] = {"404": ("No such todo.", "Error")}
    listing = _operation(
        "index", "List todos, newest first.", {"200": ("A page.", "Page"), "400": ("Bad parameter.", "Error")}
    )
    listing["parameters"] = [
        {"name": name, "in": "query", "schema": schema} for name, schema in QUERY.items()
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "kube-flask todos", "version": "1"},
        "paths": {
            "/api/todos": {
                "get": listing,
                "post": _operation(
                    "create", "Store a todo.", {"201": ("Stored.", "Todo"), **wrong}, "NewTodo"
                ),
            },
            "/api/todos/{todo_id}": {
                "parameters": [{"name": "todo_id", "in": "path", "required": True, "schema": TODO_ID}],
                "get": _operation("show", "Return one todo.", {"200": ("The todo.", "Todo"), **absent}),
                "patch": _operation(
                    "change",
                    "Set some fields.",
                    {"200": ("The whole todo.", "Todo"), **wrong, **absent},
                    "Change",
                ),
                "delete": _operation("remove", "Delete a todo.", {"204": ("Deleted.", None), **absent}),
            },
        },
        "components": {"schemas": SCHEMAS},
    }
