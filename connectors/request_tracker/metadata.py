"""What a site is set up to hold: queues and custom fields, read once.

Vendor facts (measured on 5.0.3):

- ``/queues/all`` gives the queues that the account may see; ``/queue/ID`` names the custom fields of its tickets and of its
  transactions. Nothing lists the statuses of a queue's lifecycle.
- A custom field of one value has ``MaxValues`` 1. The values of a select field stand in ``/customfield/ID`` as
  ``Values: [{"name"}]``. Those of other kinds take any text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...core.connector import FieldInfo, Json
from ...core.model import Group
from ...core.shapes import as_list, as_object
from .api import Api

TICKET_FIELDS: Final = "RT::Queue-RT::Ticket"
"""What RT calls the custom fields of tickets."""
LONGEST_SUBJECT: Final = 200
"""Bytes of UTF-8; RT cuts what is longer in silence."""


class Metadata:
    """The queues and custom fields of one site."""

    def __init__(self, api: Api, marker_field: str) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._marker_field = marker_field
        self._groups: list[Group] | None = None
        self._custom: list[Json] | None = None
        self._queues: dict[str, Json] = {}

    def groups(self) -> list[Group]:
        """Give the queues."""
        if self._groups is None:
            rows = self._api.rows("/queues/all", {"fields": "Name,Disabled"})
            self._groups = [Group(id=str(row["id"]), name=row["Name"]) for row in rows if row.get("Disabled") != "1"]
        return self._groups

    def queue(self, queue: str) -> Json:
        """Give a queue by number or name."""
        if queue not in self._queues:
            self._queues[queue] = self._api.get("/queue/{number}", "Name", number=queue)
        return self._queues[queue]

    def holds(self, queue: str, field: str, *, of_transactions: bool = False) -> bool:
        """Tell whether the tickets of a queue, or their transactions, have a custom field."""
        rows = as_list(self.queue(queue).get("TicketTransactionCustomFields" if of_transactions else "TicketCustomFields"))
        return any(as_object(row).get("name") == field for row in rows)

    def custom_fields(self) -> list[Json]:
        """Give the custom fields of tickets, our own left out."""
        if self._custom is None:
            terms = [{"field": "LookupType", "operator": "=", "value": TICKET_FIELDS}]
            rows = self._api.rows("/customfields", {"fields": "Name,Type,MaxValues"}, terms=terms)
            self._custom = [self._with_values(row) for row in rows if row.get("Name") != self._marker_field]
        return self._custom

    def _with_values(self, row: Json) -> Json:
        if row.get("Type") != "Select":
            return row
        return {**row, "Values": self._api.get("/customfield/{number}", "Name", number=row["id"]).get("Values")}

    def many(self) -> set[str]:
        """Give the numbers of the custom fields that hold many values."""
        return {str(row["id"]) for row in self.custom_fields() if str(row.get("MaxValues")) != "1"}

    def fields(self) -> Sequence[FieldInfo]:
        """Give the title's limit, and the custom fields with their choices."""
        custom = [
            FieldInfo(id=str(row["id"]), name=str(row["Name"]), custom=True, options=_options(row))
            for row in self.custom_fields()
        ]
        return (FieldInfo(id="Subject", name="Subject", max_length=LONGEST_SUBJECT), *custom)


def _options(row: Json) -> tuple[tuple[str, str], ...] | None:
    if row.get("Type") != "Select":
        return None
    names = [str(as_object(value).get("name")) for value in as_list(row.get("Values"))]
    return tuple((name, name) for name in names)
