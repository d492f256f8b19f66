"""Field changes of tickets, from their audits.

Vendor facts:

- An audit holds the events of one save; ``Create`` and ``Change`` events name a ticket key, a custom field by its id.
  ``author_id`` -1 is the system, and an event whose own ``via.channel`` is ``rule`` is a trigger's, not the author's.
  [developer.zendesk.com, ticket audits; recorded]
- Followers and e-mail CCs change through events of their own. [developer.zendesk.com, ticket audit events]
- ``GET /tickets/{id}/audits`` is paged with cursors, 100 at most, oldest first. [developer.zendesk.com, ticket audits]
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from ...core.connector import FieldChange, Json
from ...core.errors import NotFoundError
from ...core.shapes import as_list, as_object
from .api import Api

WATCHERS: Final = {
    "FollowerChange": ("previous_followers", "current_followers"),
    "EmailCcChange": ("previous_email_ccs", "current_email_ccs"),
}
"""Event type -> its keys of the people before and after."""


def read_changes(api: Api, record_id: str) -> list[FieldChange] | None:
    """Read all field changes of one ticket, or give None where the ticket is gone."""
    try:
        audits = list(api.rows("/api/v2/tickets/{number}/audits", "audits", number=record_id))
    except NotFoundError:
        return None
    return [change for audit in audits for change in changes_of(record_id, audit)]


def changes_of(record_id: str, audit: Json) -> Iterator[FieldChange]:
    """Give the field changes of one audit."""
    at = datetime.fromisoformat(audit["created_at"])
    author = audit.get("author_id")
    for event in audit.get("events") or ():
        kind = event.get("type")
        if kind in WATCHERS:
            field = "collaborator_ids"
            before, after = (event.get(key) for key in WATCHERS[kind])
        elif kind in ("Create", "Change") and event.get("field_name"):
            name = str(event["field_name"])
            field = "custom_fields" if name.isdigit() else name
            before, after = event.get("previous_value"), event.get("value")
        else:
            continue
        by_rule = as_object(event.get("via")).get("channel") == "rule"
        by = None if by_rule or author is None or author < 1 else str(author)
        yield FieldChange(record_id, field, _text(before), _text(after), at, by)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return ",".join(str(item) for item in as_list(value)) if isinstance(value, list) else str(value)
