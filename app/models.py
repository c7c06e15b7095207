"""The table of todos, with the columns of the original kube-flask."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, String, Text, false, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = ["MAX_ID", "TEXT_LENGTH", "TITLE_LENGTH", "Base", "Todo", "Utc"]

TITLE_LENGTH = 200
TEXT_LENGTH = 10_000
MAX_ID = 2**31 - 1
"""Largest value of PostgreSQL's integer; asked for a larger one, a database may answer with an error."""


class Utc(TypeDecorator[datetime]):
    """A point in time: timestamptz on PostgreSQL; SQLite stores UTC and forgets that it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC whatever the database's session says."""
        if value is not None:
            value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value


class Base(DeclarativeBase):
    """Names its constraints, so that later migrations can refer to them."""

    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


class Todo(Base):
    """Something to do; `done` says whether it was."""

    __tablename__ = "todos"

    todo_id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    text: Mapped[str] = mapped_column(Text, server_default="")
    done: Mapped[bool] = mapped_column(server_default=false())
    pub_date: Mapped[datetime] = mapped_column(
        Utc, default=lambda: datetime.now(UTC), server_default=func.now()
    )

    def to_json(self) -> dict[str, Any]:
        """Return the todo as the API shows it, the date in RFC 3339."""
        return {
            "todo_id": self.todo_id,
            "title": self.title,
            "text": self.text,
            "done": self.done,
            "pub_date": self.pub_date.isoformat(),
        }
