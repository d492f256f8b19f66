"""What the parts of the ledger share: a transaction, an upsert, and the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Table

T = TypeVar("T")

IN_LIST = 500
"""Most values of one IN list, well below what either database allows."""


class Store(Protocol):
    """The ledger, as its parts see it."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Group calls into one transaction."""
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
