"""Closure rules: what an admin can make a condition of resolving and closing.

All are off in a classic account; the check of required fields is apart from them
(support.freshservice.com, "Closure rules"; the wording of the refusal is not documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Problems
from .records import DONE, Ticket
from .tasks import COMPLETED

if TYPE_CHECKING:
    from .vendor import Freshservice


def check(vendor: Freshservice, ticket: Ticket, problems: Problems) -> None:
    """Note every rule of the account that a ticket breaks."""
    open_children = any(child.status not in DONE for child in vendor.state.children(ticket.id))
    for rule, broken, what in (
        ("time_entries", not ticket.time_entries, "no time entry"),
        ("tasks", any(task["status"] != COMPLETED for task in ticket.tasks), "open tasks"),
        ("children", open_children, "open child tickets"),
    ):
        if rule in vendor.closure_rules and broken:
            message = f"The ticket cannot be resolved or closed: it has {what}"
            problems.add("status", message, "incompatible_field")
