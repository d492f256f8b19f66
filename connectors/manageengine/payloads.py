"""Requests out of whatever the vendor returns that holds them, as records.

Vendor facts (recorded replies; manageengine.com): a request stands under ``request``, many under ``requests``, or bare.
What a custom trigger sends is made by hand: usually the same keys, sometimes ``input_data`` as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...core.connector import Json
from ...core.shapes import records_in
from .shapes import OPTIONS, PEOPLE, shaped

MARKER_FIELD: Final = "udf_char1"
LABELS_FIELD: Final = "udf_char2"
SIGNS: Final = frozenset({"subject", "status", "requester", "description", "created_time", "priority", "is_trashed"})
"""Fields of which a request shows at least one."""
OTHERS: Final = frozenset(
    {"note", "request_note", "notes", "response_status", "list_info", "linked_request", "link_requests"}
)
"""Keys under which no request travels that the payload is about."""


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each request of a payload as a record."""
    return records_in(payload, lambda body: record_body(body) if _is_request(body) else None, apart=OTHERS)


def record_body(row: Mapping[str, Any]) -> Json:
    """Give the record of a request; names that stand alone, as in a trigger's own words, count as names."""
    body = dict(row)
    for name in OPTIONS:
        if isinstance(body.get(name), str):
            body[name] = {"name": body[name]}
    for name in PEOPLE:
        if isinstance(body.get(name), str):
            body[name] = {"email_id" if "@" in body[name] else "name": body[name]}
    return shaped(body, marker=MARKER_FIELD, labels=LABELS_FIELD)


def _is_request(body: Mapping[str, Any]) -> bool:
    return "request" not in body and "requests" not in body and not SIGNS.isdisjoint(body)
