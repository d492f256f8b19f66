"""Tickets in every shape in which Zendesk returns them -> the form that the ticket endpoints give.

Vendor facts:

- One ticket comes bare or as ``{"ticket"}``, many as ``{"tickets"}``, search gives ``{"results"}`` of mixed types with a
  ``result_type``, the list of deleted tickets ``{"deleted_tickets"}``. [developer.zendesk.com, tickets, search]
- An event webhook carries the ticket as ``detail``: every id a string, enumerations in upper case. [developer.zendesk.com,
  webhook event types]
- ``fields`` repeats ``custom_fields``; ``generated_timestamp`` moves without a change of the ticket and only the export
  gives it. [developer.zendesk.com, tickets, incremental exports]
- ``include=metric_sets`` puts a ticket's metrics beside it; only they tell when it was solved. Imported tickets may have
  none. [developer.zendesk.com, side-loading, ticket metrics, ticket import]
- Integrations that print Python values hand tickets on with ``"None"``, ``"True"`` and ``"False"`` as texts. [recorded]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...core.connector import Json
from ...core.shapes import as_list, as_object

ENVELOPES: Final = ("ticket", "tickets", "results", "deleted_tickets", "detail")
REPEATED: Final = ("fields", "generated_timestamp", "result_type", "comment_count")
"""What says nothing that another key does not say, or is no part of the ticket."""
FIGURES: Final = (("first_response", "reply_time_in_minutes"), ("resolve", "full_resolution_time_in_minutes"))
"""What a ticket's metrics state in whole minutes, calendar and business. [developer.zendesk.com, ticket metrics]"""
METRICS: Final = ("initially_assigned_at", "reopens")
"""What is kept of a ticket's metrics: what changes with the ticket only, not with time."""
ENUMERATIONS: Final = ("status", "priority", "type")
LABELS: Final = {
    "new": "New",
    "open": "Open",
    "pending": "Pending",
    "hold": "On-hold",
    "solved": "Solved",
    "closed": "Closed",
    "deleted": "Deleted",
}
"""Names that agents see of the statuses every account has."""
PRINTED: Final = {"None": None, "True": True, "False": False}
TEXTS: Final = frozenset({"subject", "raw_subject", "description"})
"""Where the word None is a word."""


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each ticket of a payload; what is no ticket gives none."""
    for item in as_list(payload):
        yield from unwrap(item)
    body = as_object(payload)
    if _is_ticket(body):
        yield tidy(_restored(body), {})
        return
    for key in ENVELOPES:
        if isinstance(body.get(key), dict | list):
            yield from unwrap(body[key])
            return
    for value in body.values():
        yield from unwrap(as_object(value))


def _is_ticket(body: Json) -> bool:
    """A ticket has an id and a subject; other results of a search have neither, or say what they are."""
    if body.get("result_type", "ticket") != "ticket" or isinstance(body.get("ticket"), dict):
        return False
    return "id" in body and ("subject" in body or "requester_id" in body or "previous_state" in body)


def _restored(body: Json) -> Json:
    """Undo what transports do to values: upper-case enumerations, printed Python values, a deleted ticket's short form."""
    restored: Json = {
        key: PRINTED.get(value, value) if isinstance(value, str) and key not in TEXTS else value
        for key, value in body.items()
    }
    for key in ENUMERATIONS:
        if isinstance(restored.get(key), str):
            restored[key] = restored[key].lower()
    if "status" not in restored and "previous_state" in restored:
        restored["status"] = "deleted"
    return restored


def tidy(body: Json, custom_statuses: Mapping[str, Json]) -> Json:
    """Give a ticket without what is repeated in it, its status named as agents see it.

    Args:
        body: a ticket as Zendesk gives it.
        custom_statuses: the account's custom statuses by id; their names replace the standard ones.
    """
    clean = dict(body)
    for key in REPEATED:
        clean.pop(key, None)
    metrics = as_object(clean.pop("metric_set", None))
    if metrics:
        clean["metric_set"] = {key: metrics.get(key) for key in METRICS}
        clean["solved_at"] = {"metric": metrics.get("solved_at")}
        clean["figures"] = list(_figures(metrics))
    status = clean.get("status")
    if status is not None:
        known = custom_statuses.get(str(clean.get("custom_status_id")))
        final = status in ("closed", "deleted")
        label = known["agent_label"] if known and not final else LABELS.get(str(status), str(status))
        clean["custom_status"] = {"agent_label": label}
    return clean


def _figures(metrics: Json) -> Iterator[Json]:
    for figure, name in FIGURES:
        for kind, minutes in as_object(metrics.get(name)).items():
            if isinstance(minutes, int):
                business = kind == "business"
                yield {"figure": figure, "seconds": 60 * minutes, "business": business, "source": f"{name}.{kind}"}
