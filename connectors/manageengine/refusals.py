"""Whether a write is forbidden for one request, or the account has lost a right.

Vendor facts (manageengine.com, common error codes): 403 with 4002 is a missing right or scope, and as well what a life
cycle, a closing rule or the site of a single request forbids; nothing in the reply tells which.
"""

from __future__ import annotations

from typing import Final

from ...core.connector import Create, Write
from ...core.errors import ForbiddenError, RejectedError
from .calls import Calls

MOST: Final = 5
"""So many requests refuse a kind of write, with no other between that takes it, where the right itself is gone."""


class Refusals:
    """Tells a request that refuses a write from an account that lacks the right."""

    def __init__(self, calls: Calls) -> None:
        """Start without any refusal."""
        self._calls = calls
        self._refused: dict[type[Write], set[str]] = {}

    def taken(self, write: Write) -> None:
        """Note that a write was carried out: its kind is allowed."""
        self._refused.pop(type(write), None)

    def judge(self, write: Write, error: ForbiddenError) -> RejectedError:
        """Give the error that a forbidden write means where it concerns a single request.

        Raises:
            ForbiddenError: the account may not read requests any more, or every request refuses this kind of write.
        """
        self._calls.page("/requests", "requests", {"row_count": 1, "fields_required": ["id"]})
        record_id: str | None = getattr(write, "record_id", None)
        refused = self._refused.setdefault(type(write), set())
        refused.add(write.marker if isinstance(write, Create) else str(record_id))
        if len(refused) >= MOST:
            raise error
        return error.refusal("the vendor forbids this write", record_id)
