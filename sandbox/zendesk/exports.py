"""Incremental exports (developer.zendesk.com, Incremental exports).

* Order: ``generated_timestamp``, then id. Changes of the last minute are not returned, since October 2024.
* A cursor is base64 of ``{generated_timestamp}.0||{ticket id}|`` (recorded); it stays valid for polling.
* Time-based pages end on a whole second: all tickets that share the last second come in one page (recorded).
* Deleted tickets are included, with ``status: deleted``.
* A ``start_time`` of less than a minute ago is refused with 422.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from . import paging, text
from .errors import missing, unprocessable
from .metrics import metric_events
from .records import SYSTEM, Audit, Event, Json, Ticket
from .tickets import rendered, sideloads
from .times import iso, parse

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()
T = TypeVar("T")

HIDDEN = 60
"""Seconds for which a change stays hidden."""
MOST = 1000
SAMPLE = 50


def _visible_until(vendor: Zendesk) -> int:
    return vendor.now() - HIDDEN - int(vendor.faults.export_lag)


def _start_time(vendor: Zendesk, call: Call) -> int:
    given = call.request.args.get("start_time", "")
    if not given.isdigit():
        raise missing("start_time")
    if int(given) > vendor.now() - HIDDEN:
        words = "Too recent start_time. Use a start_time older than 1 minute."
        raise unprocessable("StartTimeTooRecent", words)
    return int(given)


def _per_page(call: Call) -> int:
    most = SAMPLE if call.route.rule.endswith("/sample") else MOST
    given = call.request.args.get("per_page", str(most))
    return min(most, max(1, int(given))) if given.isdigit() else most


def encode(moment: int, number: int) -> str:
    """Give the cursor after a place."""
    return base64.b64encode(f"{moment}.0||{number}|".encode()).decode()


def decode(cursor: str) -> tuple[int, int]:
    """Give the place of a cursor.

    Raises:
        RefusedError: 400, it is none of ours.
    """
    try:
        found = re.fullmatch(r"(\d+)\.0\|\|(\d+)\|", base64.b64decode(cursor, validate=True).decode())
    except ValueError:
        found = None
    if found is None:
        raise RefusedError(reply({"error": "InvalidValue", "description": "cursor is not valid"}, 400))
    return int(found.group(1)), int(found.group(2))


def _cursor_export(
    vendor: Zendesk, call: Call, rows: Callable[[int, int], Iterable[T]], place: Callable[[T], tuple[int, int]]
) -> tuple[list[T], Json]:
    """Cut a page of a cursor export, and give its envelope."""
    cursor = call.request.args.get("cursor")
    start = decode(cursor) if cursor else (_start_time(vendor, call), 0)
    count = _per_page(call)
    found = list(islice(rows(*start), count + 1))
    cut = found[:count]
    after = encode(*(place(cut[-1]) if cut else start))
    changes: dict[str, str | int | None] = {"cursor": after, "start_time": None}
    envelope = {
        "after_url": paging.url(vendor, call, changes),
        "before_url": None,
        "after_cursor": after,
        "before_cursor": None,
        "end_of_stream": len(found) <= count,
    }
    return cut, envelope


def _time_export(vendor: Zendesk, call: Call, rows: Iterable[T], moment: Callable[[T], int]) -> tuple[list[T], Json]:
    """Cut a page of a time-based export, which ends on a whole second, and give its envelope."""
    count = _per_page(call)
    cut: list[T] = []
    end_of_stream = True
    for row in rows:
        if len(cut) >= count and moment(row) != moment(cut[-1]):
            end_of_stream = False
            break
        cut.append(row)
    last = moment(cut[-1]) if cut else int(call.request.args["start_time"])
    end_time = last if end_of_stream else last + 1
    envelope = {
        "count": len(cut),
        "end_of_stream": end_of_stream,
        "next_page": paging.url(vendor, call, {"start_time": end_time}),
        "end_time": end_time,
    }
    return cut, envelope


def _tickets(vendor: Zendesk, call: Call, moment: int, number: int) -> Iterable[Ticket]:
    rows = vendor.state.changes_after(moment, number, _visible_until(vendor))
    if call.request.args.get("exclude_deleted") == "true":
        return (ticket for ticket in rows if ticket.deletion is None)
    return rows


@routes.get("/api/v2/incremental/tickets/cursor")
def export_tickets_by_cursor(vendor: Zendesk, call: Call) -> Response:
    """Export tickets by cursor."""
    cut, envelope = _cursor_export(
        vendor,
        call,
        lambda moment, number: _tickets(vendor, call, moment, number),
        lambda row: (row.generated, row.id),
    )
    return reply({"tickets": rendered(vendor, call, cut), **sideloads(vendor, call, cut), **envelope})


@routes.get("/api/v2/incremental/tickets")
def export_tickets_by_time(vendor: Zendesk, call: Call) -> Response:
    """Export tickets by time."""
    rows = _tickets(vendor, call, _start_time(vendor, call), 0)
    cut, envelope = _time_export(vendor, call, rows, lambda row: row.generated)
    return reply({"tickets": rendered(vendor, call, cut), **sideloads(vendor, call, cut), **envelope})


@routes.get("/api/v2/incremental/users/cursor")
def export_users_by_cursor(vendor: Zendesk, call: Call) -> Response:
    """Export users by cursor."""
    rows = _by_update(vendor, vendor.state.users.values())

    def after(moment: int, number: int) -> Iterable[Any]:
        return (user for user in rows if (user.updated, user.id) > (moment, number))

    cut, envelope = _cursor_export(vendor, call, after, lambda user: (user.updated, user.id))
    return reply({"users": [vendor.render.user(user) for user in cut], **envelope})


def _by_update(vendor: Zendesk, rows: Iterable[Any]) -> list[Any]:
    until = _visible_until(vendor)
    return sorted((row for row in rows if row.updated <= until), key=lambda row: (row.updated, row.id))


@routes.get("/api/v2/incremental/users")
def export_users_by_time(vendor: Zendesk, call: Call) -> Response:
    """Export users by time."""
    start = _start_time(vendor, call)
    rows = [user for user in _by_update(vendor, vendor.state.users.values()) if user.updated >= start]
    cut, envelope = _time_export(vendor, call, rows, lambda user: user.updated)
    return reply({"users": [vendor.render.user(user) for user in cut], **envelope})


@routes.get("/api/v2/incremental/organizations")
def export_organizations(vendor: Zendesk, call: Call) -> Response:
    """Export organizations by time."""
    start = _start_time(vendor, call)
    rows = [row for row in _by_update(vendor, vendor.state.organizations.values()) if row.updated >= start]
    cut, envelope = _time_export(vendor, call, rows, lambda row: row.updated)
    bodies = [{**vendor.render.organization(row), "deleted_at": None} for row in cut]
    return reply({"organizations": bodies, **envelope})


@routes.get("/api/v2/incremental/ticket_metric_events")
def export_metric_events(vendor: Zendesk, call: Call) -> Response:
    """Export metric events by time."""
    start, until = _start_time(vendor, call), _visible_until(vendor)
    events = [event for ticket in vendor.state.living() if not ticket.imported for event in metric_events(vendor, ticket)]
    timed = sorted((parse(event["time"]) or 0, event["id"], event) for event in events)
    rows = [(moment, event) for moment, _, event in timed if start <= moment <= until]
    cut, envelope = _time_export(vendor, call, rows, lambda row: row[0])
    return reply({"ticket_metric_events": [event for _, event in cut], **envelope})


@routes.get("/api/v2/incremental/ticket_events")
def export_ticket_events(vendor: Zendesk, call: Call) -> Response:
    """Export the audits of all tickets by time; with ``include=comment_events`` the comments are whole."""
    start = _start_time(vendor, call)
    cut, envelope = _time_export(
        vendor, call, vendor.state.audits_from(start, _visible_until(vendor)), lambda audit: audit.stored
    )
    whole = "comment_events" in call.request.args.get("include", "")
    return reply({"ticket_events": [_ticket_event(vendor, audit, whole=whole) for audit in cut], **envelope})


CHANNELS = {
    "api": "Web service",
    "web": "Web form",
    "email": "Mail",
    "rule": "Rule",
    "chat": "Chat",
    "phone": "Phone call (inbound)",
}


def _channel(via: Json | None) -> str:
    return CHANNELS.get((via or {"channel": "api"})["channel"], "Web form")


def _ticket_event(vendor: Zendesk, audit: Audit, *, whole: bool) -> Json:
    children = [_child_event(vendor, audit, event, whole=whole) for event in audit.events]
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": audit.stored,
        "created_at": iso(audit.created),
        "updater_id": audit.author_id,
        "via": _channel(audit.via),
        "system": {} if audit.author_id == SYSTEM else vendor.render.metadata(None)["system"],
        "metadata": audit.metadata or {},
        "event_type": "Audit",
        "merged_ticket_ids": [],
        "child_events": children,
    }


def _child_event(vendor: Zendesk, audit: Audit, event: Event, *, whole: bool) -> Json:
    via = event.via or audit.via
    common: Json = {"id": event.id, "via": _channel(via), "via_reference_id": None}
    if event.comment is not None:
        if whole:
            return {**vendor.render.comment(event.comment), "event_type": "Comment", "via_reference_id": None}
        return {**common, "event_type": "Comment", "comment_present": True, "comment_public": event.comment.public}
    if event.field_name is not None:
        change = {"previous_value": event.previous} if event.type == "Change" else {}
        if event.field_name == "tags":
            now, before = set(text.normalize_tags(event.value)), set(text.normalize_tags(event.previous))
            change |= {"added_tags": sorted(now - before), "removed_tags": sorted(before - now)}
        return {**common, "event_type": event.type, event.field_name: event.value, **change}
    return {**common, "event_type": event.type, **(event.other or {})}


@routes.get("/api/v2/incremental/<any(tickets, users, organizations, ticket_events):resource>/sample")
def sample(vendor: Zendesk, call: Call, resource: str) -> Response:
    """Give at most fifty rows for a try, outside the export's limit."""
    exports = {
        "tickets": export_tickets_by_time,
        "users": export_users_by_time,
        "organizations": export_organizations,
        "ticket_events": export_ticket_events,
    }
    return exports[resource](vendor, call)
