"""Requests as records: what the API tells, with what takes several fields to say put beside it.

The connector puts beside a request's own fields: ``state``, the status under its usual name, whatever the account calls it;
``marker`` and ``labels``, which live in custom fields; ``closure_code``; ``clocks``, the service-level clocks; ``links``.
What the vendor tells as null, where an object belongs, becomes an object of nulls, so that it counts as empty and not as
unknown.

Vendor facts (manageengine.com, requests; recorded bodies):

- A status is known by its name, which administrators change, in Cloud by ``internal_name``, which stays; ``in_progress``
  and ``stop_timer`` tell what it means. Bodies on-premises lack these, and only the list of statuses tells them.
- A time is ``{display_value, value}``; ``value`` is epoch milliseconds as digits, and ``display_value`` follows the
  personal settings of the account.
- Lists leave most fields out unless ``fields_required`` names them; on-premises leaves out some times while they are null.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ...core.connector import Json, Record
from ...core.model import format_time
from ...core.shapes import as_list, as_object

OPTIONS: Final = (
    "status", "priority", "urgency", "impact", "level", "mode", "request_type", "category", "subcategory", "item",
    "service_category", "template", "group", "site", "department", "sla",
)  # fmt: skip
"""Fields that hold ``{id, name}``."""
PEOPLE: Final = ("requester", "technician", "created_by")
TIMES: Final = (
    "created_time", "last_updated_time", "due_by_time", "first_response_due_by_time", "assigned_time", "responded_time",
    "resolved_time", "completed_time",
)  # fmt: skip
PLAIN: Final = (
    "id", "subject", "description", "impact_details", "resolution", "closure_info", "udf_fields", "email_ids_to_notify",
    "configuration_items", "assets", "has_notes", "has_attachments", "has_linked_requests", "has_problem",
    "has_request_initiated_change", "linked_to_request", "is_overdue", "is_first_response_overdue", "is_reopened",
    "is_trashed", "is_service_request", "time_elapsed",
)  # fmt: skip
WANTED: Final = (*PLAIN, *OPTIONS, *PEOPLE, *TIMES)
"""Fields that are asked for."""
LISTS: Final = ("email_ids_to_notify", "configuration_items", "assets")
MARKER: Final = "marker"
LABELS: Final = "labels"
STATE: Final = "state"
CODE: Final = "closure_code"
CLOCKS: Final = "clocks"
FIGURES: Final = "figures"
LINKS: Final = "links"
CUSTOM: Final = "udf_fields"
STATES: Final = {
    "open": "Open",
    "in progress": "In Progress",
    "on hold": "On Hold",
    "onhold": "On Hold",
    "resolved": "Resolved",
    "closed": "Closed",
    "cancelled": "Cancelled",
    "canceled": "Cancelled",
}
"""Name of a status, in lower case -> its usual name."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(value: Any) -> int | None:
    """Give the epoch milliseconds of a time, or None where there is none."""
    told = as_object(value).get("value")
    return int(told) if told is not None and str(told).isascii() and str(told).lstrip("-").isdigit() else None


def moment_of(number: int) -> datetime:
    """Give the moment of epoch milliseconds.

    Raises:
        OverflowError: it is beyond what can be told.
    """
    return _EPOCH + number * timedelta(milliseconds=1)


def stamp(moment: datetime) -> int:
    """Give the epoch milliseconds of a moment."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def state_of(status: Mapping[str, Any]) -> str | None:
    """Give the usual name of a status; what an account calls otherwise goes by what it does to the clock."""
    for name in (status.get("internal_name"), status.get("name")):
        known = STATES.get(str(name or "").strip().lower())
        if known:
            return known
    match status.get("in_progress"), status.get("stop_timer"):
        case True, True:
            return "On Hold"
        case True, _:
            return "In Progress"
        case False, _:
            return "Closed"
        case _:
            return str(status.get("name") or "") or None


def shaped(row: Json, *, marker: str, labels: str, state: str | None = None) -> Json:
    """Give the record of a request.

    Args:
        row: what the vendor tells.
        marker: the custom field that holds the marker.
        labels: the custom field that holds the labels.
        state: the usual name of the status, where more than the row tells it.
    """
    body = dict(row)
    for names, empty in ((OPTIONS, ("name",)), (PEOPLE, ("id", "name", "email_id")), (TIMES, ("value",))):
        for name in names:
            if name in body and body[name] is None:
                body[name] = dict.fromkeys(empty)
    if "resolution" in body and body["resolution"] is None:
        body["resolution"] = {"content": None}
    if "closure_info" in body:
        closure = dict(as_object(body["closure_info"]))
        body[CODE] = closure.pop("closure_code", None) or {"name": None}
        body["closure_info"] = closure
    if as_object(body.get("status")).get("name"):
        body[STATE] = state or state_of(body["status"])
    if CUSTOM in body:
        fields = dict(as_object(body[CUSTOM]))
        body[MARKER], body[LABELS] = fields.pop(marker, None), fields.pop(labels, None)
        body[CUSTOM] = {name: value for name, value in fields.items() if value is not None}
    if "due_by_time" in body:
        body[CLOCKS] = clocks(body)
    if "time_elapsed" in body:
        body[FIGURES] = figures(body)
    return body


def figures(body: Json) -> list[Json]:
    """Give the time that a request says it took; until it is done this grows with every reading, and counts for nothing."""
    told, done = str(body.get("time_elapsed") or "0"), milliseconds(body.get("resolved_time")) is not None
    if not done or not told.isdigit() or told == "0":
        return []
    return [{"figure": "resolve", "seconds": int(told) / 1000, "business": True, "source": "time_elapsed"}]


def clocks(body: Json) -> list[Json]:
    """Give the service-level clocks of a request, as documents hold them."""
    status = as_object(body.get("status"))
    paused = body.get(STATE) == "On Hold" or status.get("stop_timer") is True
    found: list[Json] = []
    for name, due, overdue in (
        ("first response", "first_response_due_by_time", "is_first_response_overdue"),
        ("resolution", "due_by_time", "is_overdue"),
    ):
        moment = milliseconds(body.get(due))
        if moment is not None:
            told = body.get(overdue)
            clock = {"name": name, "due_at": format_time(moment_of(moment)), "paused": paused}
            found.append({**clock, **({"breached": told} if isinstance(told, bool) else {})})
    return found


def changed(row: Mapping[str, Any]) -> int | None:
    """Give when a request was changed: its last edit, or its creation where there was none."""
    edited = milliseconds(row.get("last_updated_time"))
    return milliseconds(row.get("created_time")) if edited is None else edited


def record_of(body: Json) -> Record:
    """Give the record of a shaped request."""
    at = changed(body)
    return Record(
        id=str(body["id"]),
        body=body,
        version=None if at is None else str(at),
        changed_at=None if at is None else moment_of(at),
        deleted=body.get("is_trashed") is True,
    )


def is_incident(row: Mapping[str, Any]) -> bool:
    """Tell whether a request is no service request."""
    return row.get("is_service_request") is not True


def label_list(text: Any) -> list[str]:
    """Give the labels that a text of commas holds."""
    return [part for part in (piece.strip() for piece in str(text or "").split(",")) if part]


def files_in(body: Mapping[str, Any]) -> list[Json]:
    """Give the attachments of a body."""
    return [as_object(each) for each in as_list(body.get("attachments"))]
