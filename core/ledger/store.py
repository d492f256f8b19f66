"""What the parts of the ledger share: a transaction, an upsert, the clock, and how values are written."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Insert: TypeAlias = sqlite.Insert | postgresql.Insert
"""An insertion that can say what happens where the key exists; both databases spell it alike."""

IN_LIST = 500
"""Most values of one IN list, well below what either database allows."""


class Store(Protocol):
    """The ledger, as its parts see it."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Group calls into one transaction."""
        ...

    def insertion(self, table: Table) -> Insert:
        """Begin an insertion in the database's own dialect."""
        ...

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], *, keep: Iterable[str] = ()) -> None:
        """Insert rows, replacing those whose key exists."""
        ...

    def now(self) -> str:
        """Give the present moment as the ledger writes it."""
        ...


def chunks(items: Sequence[T], size: int = IN_LIST) -> Iterator[Sequence[T]]:
    """Cut a list into pieces that fit an IN list."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def given(table: Table, *names: str) -> list[ColumnElement[bool]]:
    """Give conditions on columns for a statement that is made once: each execution brings the values by those names."""
    return [table.c[name] == bindparam(name) for name in names]


def listed(table: Table, name: str) -> ColumnElement[bool]:
    """Give the condition that a column has one of the values that each execution brings as ``ids``."""
    return table.c[name].in_(bindparam("ids", expanding=True))


def new_id() -> str:
    """Give a new id for a row of ours."""
    return uuid.uuid4().hex


def stamp(moment: datetime) -> str:
    """Give a moment as RFC 3339 in UTC with microseconds, always of one width: the text sorts as the time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def dump(value: Any) -> str:
    """Give a value as the ledger stores it: JSON with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def words(text: str) -> str:
    """Give foreign words as both databases take them: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
