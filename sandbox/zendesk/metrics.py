"""Ticket metrics and metric events, computed from the audits (developer.zendesk.com, Ticket metrics, Ticket metric events).

Minutes are calendar and business minutes alike: the account has no schedule. Imported tickets have no metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import not_found
from .records import Event, Json, Ticket
from .times import iso, iso_or_none

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

DONE = frozenset({"solved", "closed"})


def _changes(ticket: Ticket, name: str) -> Iterator[tuple[int, Event]]:
    for audit in ticket.audits:
        for event in audit.events:
            if event.type == "Change" and event.field_name == name:
                yield audit.created, event


def _solved_times(ticket: Ticket) -> list[int]:
    times = [moment for moment, event in _changes(ticket, "status") if event.value in DONE and event.previous not in DONE]
    return times or ([ticket.solved_at] if ticket.solved_at else [])


def _first_reply(vendor: Zendesk, ticket: Ticket) -> int | None:
    """Give the time of the first public comment of an agent after the description."""
    users = vendor.state.users
    for comment in ticket.comments[1:]:
        author = users.get(comment.author_id)
        if comment.public and author is not None and author.is_agent:
            return comment.created
    return None


def metric_set(vendor: Zendesk, ticket: Ticket) -> Json:
    """Give the metrics of a ticket."""
    solved, reply_at = _solved_times(ticket), _first_reply(vendor, ticket)
    statuses = list(_changes(ticket, "status"))
    assigned = [moment for moment, _ in _changes(ticket, "assignee_id")]
    return {
        "url": f"{vendor.base_url}/api/v2/ticket_metrics/{ticket.id}.json",
        "id": ticket.id,
        "ticket_id": ticket.id,
        "created_at": iso(ticket.created),
        "updated_at": iso(ticket.updated),
        "group_stations": len({event.value for _, event in _changes(ticket, "group_id")})
        or int(ticket.group_id is not None),
        "assignee_stations": len({event.value for _, event in _changes(ticket, "assignee_id")})
        or int(ticket.assignee_id is not None),
        "reopens": sum(event.previous in DONE and event.value not in DONE for _, event in statuses),
        "replies": sum(comment.public for comment in ticket.comments[1:]),
        "assignee_updated_at": iso_or_none(max(assigned, default=None)),
        "requester_updated_at": iso(
            max(comment.created for comment in ticket.comments) if ticket.comments else ticket.created
        ),
        "status_updated_at": iso(max((moment for moment, _ in statuses), default=ticket.created)),
        "initially_assigned_at": iso_or_none(min(assigned, default=None)),
        "assigned_at": iso_or_none(max(assigned, default=None)),
        "solved_at": iso_or_none(solved[-1] if solved and ticket.status in DONE else None),
        "latest_comment_added_at": iso(max((comment.created for comment in ticket.comments), default=ticket.created)),
        "reply_time_in_minutes": _minutes(ticket, reply_at),
        "first_resolution_time_in_minutes": _minutes(ticket, solved[0] if solved else None),
        "full_resolution_time_in_minutes": _minutes(ticket, solved[-1] if solved and ticket.status in DONE else None),
        "agent_wait_time_in_minutes": _minutes(ticket, None),
        "requester_wait_time_in_minutes": _minutes(ticket, None),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    }


def _minutes(ticket: Ticket, end: int | None) -> Json:
    minutes = None if end is None else max(0, end - ticket.created) // 60
    return {"calendar": minutes, "business": minutes}


@routes.get("/api/v2/ticket_metrics")
def list_metrics(vendor: Zendesk, call: Call) -> Response:
    """List the metrics of all tickets, by ticket."""
    rows = [ticket for ticket in vendor.state.living() if not ticket.imported]
    cut, envelope = paging.page(vendor, call, rows, lambda ticket: (ticket.id,))
    return reply({"ticket_metrics": [metric_set(vendor, ticket) for ticket in cut], **envelope})


@routes.get("/api/v2/ticket_metrics/<int:metric_id>", "/api/v2/tickets/<int:metric_id>/metrics")
def show_metrics(vendor: Zendesk, call: Call, metric_id: int) -> Response:
    """Show the metrics of a ticket; here they have the ticket's id."""
    ticket = vendor.state.live(metric_id)
    if ticket is None or ticket.imported:
        raise not_found()
    return reply({"ticket_metric": metric_set(vendor, ticket)})


def metric_events(vendor: Zendesk, ticket: Ticket) -> Iterator[Json]:
    """Give the metric events of a ticket in the order of time: when it was measured, answered and solved."""
    first = ticket.audits[0].id if ticket.audits else ticket.id
    moments: list[tuple[int, str, str]] = [
        (ticket.created, "reply_time", "activate"),
        (ticket.created, "requester_wait_time", "activate"),
    ]
    reply_at = _first_reply(vendor, ticket)
    if reply_at is not None:
        moments.append((reply_at, "reply_time", "fulfill"))
    moments.extend((moment, "requester_wait_time", "fulfill") for moment in _solved_times(ticket))
    for place, (moment, metric, kind) in enumerate(sorted(moments)):
        yield {
            "id": first * 16 + place,
            "ticket_id": ticket.id,
            "metric": metric,
            "instance_id": 1,
            "type": kind,
            "time": iso(moment),
        }
