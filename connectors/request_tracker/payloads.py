"""Tickets in the shapes in which Request Tracker gives them -> records.

Vendor facts (measured on 5.0.3):

- One ticket is bare, its id a number; lists are ``{"items"}``, ids strings. Queue, owner, creator and people are objects,
  in which a user's id is the name.
- A time that was never set is 1970. ``Resolved`` keeps its old value when a ticket is opened again.
- An unowned ticket's owner is the user ``Nobody``.
- A custom field lists its values, all of them; one of many values that was emptied with null holds nulls.
- A priority is a number; RT 5 shows 0 as Low, 50 as Medium and 100 as High. [RT_Config, ``%PriorityAsString``]
- The text of a ticket is none of its fields: it is the first attachment of its ``Create`` transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...core.connector import Json
from ...core.shapes import as_list, as_object

NOBODY: Final = "Nobody"
SYSTEM: Final = "RT_System"
NEVER: Final = "1970-01-01T00:00:00Z"
TIMES: Final = ("Created", "LastUpdated", "Started", "Resolved", "Due")
PEOPLE: Final = ("Requestor", "Cc")
FIELDS: Final = ("Subject", "Status", "Queue", "Owner", "Creator", *PEOPLE, "Priority", *TIMES, "CustomFields")
"""What is asked for of each ticket."""
LIVE: Final = frozenset({"new", "open", "stalled"})
"""Statuses of the default lifecycle in which a ticket is not resolved, whatever ``Resolved`` says."""
STEPS: Final = (0, 25, 50, 75, 100)
"""The priorities that the mapping knows; another one counts as the nearest."""
LEFT_OUT: Final = ("_url", "_hyperlinks", "type", "Type", "EffectiveId", "LastUpdatedBy", "AdminCc")
"""What says nothing about a ticket."""


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each ticket of a payload; what is no ticket gives none."""
    for item in as_list(payload):
        yield from unwrap(item)
    body = as_object(payload)
    if "Subject" in body and "Status" in body:
        yield tidy(body, None)
    elif isinstance(body.get("items"), list):
        yield from unwrap(body["items"])


def name_of(value: Any) -> str | None:
    """Give the id of an object that RT puts where a reference stands; a user's is the name."""
    named = as_object(value).get("id") if isinstance(value, dict) else value
    return str(named) if named not in (None, "", NOBODY) else None


def tidy(body: Json, marker_field: str | None) -> Json:
    """Give the record of a ticket: references as ids, unset times as null, the nearest priority, plain custom fields.

    Args:
        body: a ticket as RT gives it.
        marker_field: name of the custom field that keeps our marker; it stands apart.
    """
    clean = {key: value for key, value in body.items() if key not in LEFT_OUT}
    clean["id"] = str(body["id"])
    for key in ("Queue", "Owner", "Creator"):
        if key in clean:
            clean[key] = name_of(clean[key])
    for key in TIMES:
        if clean.get(key) in (NEVER, ""):
            clean[key] = None
    if clean.get("Status") in LIVE and "Resolved" in clean:
        clean["Resolved"] = None
    return clean | _people(clean) | _priority(clean) | _custom(clean, marker_field)


def _people(body: Json) -> Json:
    lists = {key: [name for each in as_list(body[key]) if (name := name_of(each))] for key in PEOPLE if key in body}
    if "Requestor" not in lists:
        return lists
    first, *others = lists["Requestor"] or [None]
    return {**lists, "Requestor": first, **({"OtherRequestors": others} if others else {})}


def _priority(body: Json) -> Json:
    number = str(body.get("Priority"))
    if not number.lstrip("-").isdigit() or int(number) in STEPS:
        return {}
    nearest = min(STEPS, key=lambda step: abs(step - int(number)))
    return {"Priority": str(nearest), "PriorityNumber": number}


def _custom(body: Json, marker_field: str | None) -> Json:
    if "CustomFields" not in body:
        return {}
    rows = [as_object(each) for each in as_list(body["CustomFields"])]
    fields: Json = {"CustomFields": [_entry(row) for row in rows if row.get("name") != marker_field]}
    if marker_field is not None:
        fields["marker"] = next((_entry(row)["value"] for row in rows if row.get("name") == marker_field), None)
    return fields


def _entry(row: Json) -> Json:
    """Give a custom field's value: one by itself, several as a list, none as null."""
    values = [value for value in row.get("values") or () if value not in (None, "")]
    return {"id": str(row["id"]), "value": values if len(values) > 1 else next(iter(values), None)}
