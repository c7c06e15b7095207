"""Protection of forms and API against requests that other sites make in a visitor's name (CSRF).

No token and no secret: a browser itself says where a request comes from, so any replica can judge it.
The rule is that of Go's net/http.CrossOriginProtection: Sec-Fetch-Site decides where it is sent (HTTPS
and localhost); else Origin must name this host; a request with neither is no browser's.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request

__all__ = ["foreign", "init_app"]

SAFE = ("GET", "HEAD", "OPTIONS")


def foreign(method: str, host: str, site: str | None, origin: str | None) -> bool:
    """Say whether a request that changes something was made by another site's page.

    `host`, `site` and `origin` are the headers Host, Sec-Fetch-Site and Origin.
    """
    if method in SAFE:
        return False
    if site is not None:
        return site not in ("same-origin", "none")
    # The scheme is not compared: behind a proxy that ends TLS it is not known here.
    return origin is not None and urlsplit(origin).netloc != host


def _check() -> None:
    headers = request.headers
    if foreign(request.method, request.host, headers.get("Sec-Fetch-Site"), headers.get("Origin")):
        abort(403, "This request came from another site and was refused.")


def init_app(app: Flask) -> None:
    """Refuse such requests before any view sees them."""
    app.before_request(_check)
