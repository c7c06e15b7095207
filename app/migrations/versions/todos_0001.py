"""The table of todos."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it; the defaults let a plain `INSERT INTO todos (title)` work."""
    op.create_table(
        "todos",
        sa.Column("todo_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pub_date", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("todo_id", name="pk_todos"),
    )


def downgrade() -> None:
    """Drop it, with every todo."""
    op.drop_table("todos")
