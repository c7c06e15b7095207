"""Alembic's entry: runs the scripts on the connection that app.migrate locked."""

from __future__ import annotations

from alembic import context

from app.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
