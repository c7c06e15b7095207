"""A todo list on PostgreSQL: the application that the platform keeps available."""

from __future__ import annotations

import sys

from flask import Flask, Response, request

from app import api, db, errors, health, origin, pages
from app.migrate import upgrade
from app.settings import Settings, SettingsError

__all__ = ["create_app"]

MAX_BODY = 256 * 1024
"""Bytes of a request body: the longest text, every character as an escaped surrogate pair, and some room."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # With "no-referrer" browsers send `Origin: null`, and the check in origin.py would refuse our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application; without settings those of the environment, a wrong one of which exits."""
    try:
        settings = settings or Settings.from_env()
        engine = db.make_engine(settings)
    except SettingsError as error:
        sys.exit(f"app: {error}")
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if engine.dialect.name == "sqlite":
        # A first try needs no other command; on PostgreSQL a Job migrates, before and once for all replicas.
        upgrade(engine)
    db.init_app(app, engine)
    errors.init_app(app)
    origin.init_app(app)
    app.after_request(_headers)
    for blueprint in (pages.bp, api.bp, health.bp):
        app.register_blueprint(blueprint)
    return app


def _headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
