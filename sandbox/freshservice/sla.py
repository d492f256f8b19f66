"""SLA clocks: due times by priority, and how long they have stood still.

The default policy counts calendar hours. The clock stands still while a ticket waits (Pending, and the custom status for
waits on a supplier), so leaving such a status moves the due times (support.freshservice.com, "SLA policies").
"""

from __future__ import annotations

from .records import DONE, PENDING, Ticket

HOUR = 3600
TARGETS = {4: (1 * HOUR, 4 * HOUR), 3: (4 * HOUR, 12 * HOUR), 2: (8 * HOUR, 24 * HOUR), 1: (24 * HOUR, 72 * HOUR)}
"""Seconds until the first response and until the resolution, by priority."""
AWAITING_VENDOR = 7
WAITING = frozenset({PENDING, AWAITING_VENDOR})


def due_times(created: int, priority: int) -> tuple[int, int]:
    """Give when a first response and when the resolution is due."""
    first, whole = TARGETS[priority]
    return created + first, created + whole


def reprioritize(ticket: Ticket) -> None:
    """Set the due times anew after the priority has changed, unless they were set by hand."""
    if not ticket.due_fixed:
        ticket.fr_due, ticket.due = due_times(ticket.created, ticket.priority)


def move(ticket: Ticket, before: int, now: int) -> None:
    """Keep the clocks of a ticket whose status has just changed from ``before``."""
    clocks = ticket.clocks
    if before in WAITING and ticket.status not in WAITING and clocks.pending_since is not None:
        waited = now - clocks.pending_since
        if not ticket.due_fixed:
            ticket.due += waited
            ticket.fr_due += waited if clocks.first_responded is None else 0
        clocks.pending_since = None
    if ticket.status in WAITING and before not in WAITING:
        clocks.pending_since = now
    if ticket.status in DONE:
        clocks.resolved = clocks.resolved or now
        clocks.closed = (clocks.closed or now) if ticket.status == max(DONE) else None
    else:
        if before in DONE:
            clocks.reopened = now
        clocks.resolved = clocks.closed = None
    clocks.status_updated = now


def is_escalated(ticket: Ticket, now: int) -> bool:
    """Tell whether the resolution is, or was, late."""
    late = (ticket.clocks.resolved or now) > ticket.due
    return late if ticket.escalated is None else ticket.escalated


def is_first_response_escalated(ticket: Ticket, now: int) -> bool:
    """Tell whether the first response is, or was, late."""
    late = (ticket.clocks.first_responded or ticket.clocks.resolved or now) > ticket.fr_due
    return late if ticket.fr_escalated is None else ticket.fr_escalated
