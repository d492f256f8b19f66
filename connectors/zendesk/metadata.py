"""Live metadata: ticket fields with their options, and custom statuses.

Vendor facts:

- System fields have ``removable: false`` and a type for each ticket key; options stand in ``system_field_options`` and
  ``custom_field_options``. A drop-down stores the option's ``value``, a tag. [developer.zendesk.com, ticket fields]
- The system field ``status`` lists neither ``new`` nor ``closed``, and ``hold`` only where it is switched on.
  [recorded 2026]
- A custom status belongs to a category, which is the ticket's ``status``; an account without custom statuses answers 403
  or 404. Ids differ between accounts. [developer.zendesk.com, custom ticket statuses]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...core.connector import FieldInfo, Json
from ...core.errors import ForbiddenError, NotFoundError, UnexpectedReplyError
from .api import Api

SYSTEM_KEYS: Final = {
    "subject": "subject",
    "description": "description",
    "status": "status",
    "custom_status": "custom_status_id",
    "tickettype": "type",
    "basic_priority": "priority",
    "priority": "priority",
    "group": "group_id",
    "assignee": "assignee_id",
}
"""Type of a system field -> the key of a ticket."""
ALWAYS: Final = (("new", "New"), ("closed", "Closed"))
"""Statuses that exist although the field does not list them."""


class Metadata:
    """What the account says of its fields and statuses, read once."""

    def __init__(self, api: Api) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._statuses: dict[str, Json] | None = None
        self._fields: tuple[FieldInfo, ...] | None = None

    def statuses(self) -> dict[str, Json]:
        """Give the custom statuses by id; none where the account has not switched them on."""
        if self._statuses is None:
            try:
                rows = self._api.get("/api/v2/custom_statuses", "custom_statuses")["custom_statuses"]
            except (NotFoundError, ForbiddenError, UnexpectedReplyError):
                rows = ()
            self._statuses = {str(row["id"]): row for row in rows}
        return self._statuses

    def fields(self) -> Sequence[FieldInfo]:
        """Give every active ticket field under the key that a ticket uses."""
        if self._fields is None:
            rows = self._api.rows("/api/v2/ticket_fields", "ticket_fields")
            self._fields = tuple(self._field(row) for row in rows if row.get("active", True))
        return self._fields

    def _field(self, row: Json) -> FieldInfo:
        key = None if row.get("removable", True) else SYSTEM_KEYS.get(row["type"])
        options = row.get("custom_field_options") or row.get("system_field_options")
        pairs = tuple((str(option["value"]), str(option["name"])) for option in options) if options else None
        if key == "status" and pairs:
            pairs += tuple(pair for pair in ALWAYS if pair not in pairs)
        if key == "custom_status_id":
            pairs = tuple((number, str(status["agent_label"])) for number, status in self.statuses().items())
        if key == "assignee_id":
            pairs = self._agents()
        return FieldInfo(
            id=key or str(row["id"]),
            name=str(row["title"]),
            custom=key is None,
            options=pairs,
            required=bool(row.get("required")),
            writable=key != "description",
        )

    def _agents(self) -> tuple[tuple[str, str], ...] | None:
        """Give who can be assigned; None where the account may not read users."""
        try:
            rows = list(self._api.rows("/api/v2/users", "users", {"role[]": ["agent", "admin"]}))
        except ForbiddenError:
            return None
        return tuple((str(row["id"]), str(row.get("name") or "")) for row in rows if row.get("active", True))
