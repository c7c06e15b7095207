"""The configuration files of PostgreSQL, repmgr and pgpool, filled in from ha/templates."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["fill"]

TEMPLATES = Environment(
    loader=PackageLoader("ha"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def fill(name: str, **values: Any) -> str:
    """Return `name` filled in. Raises jinja2.UndefinedError for a value it needs and was not given."""
    return TEMPLATES.get_template(f"{name}.j2").render(values)
