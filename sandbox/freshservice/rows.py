"""Rows that hang on a ticket and are found by their id: time entries, tasks, approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..vendor import Call
from .errors import not_found
from .records import Json, Ticket

if TYPE_CHECKING:
    from .vendor import Freshservice


def entry(rows: list[Json], number: int) -> Json:
    """Give a row by its id.

    Raises:
        RefusedError: 404.
    """
    found = next((row for row in rows if row["id"] == number), None)
    if found is None:
        raise not_found()
    return found


def record(vendor: Freshservice, call: Call, ticket: Ticket, content: str) -> None:
    """Move a ticket's ``updated_at`` and tell its history of a row."""
    vendor.state.touch(ticket, vendor.now())
    vendor.changes.record(ticket, call.account.person, content)
