"""ServiceNow, as the judge knows it."""

from __future__ import annotations

import html
from collections import Counter

from .facts import Facts, Raw, Said, Snapshot, Tool, count, moment

STATES = {"1": "new", "2": "in_progress", "3": "pending", "6": "resolved", "7": "closed", "8": "canceled"}
RULE = "system"
"""Who writes what the instance's own rules say."""


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the incidents of a snapshot that are not deleted."""
    emails = {person["sys_id"]: person["email"].lower() for person in snapshot["people"]}
    groups = {group["sys_id"]: group["name"] for group in snapshot["groups"]}
    items = {item["sys_id"]: item["name"] for item in snapshot["items"]}
    return {ticket["id"]: _facts(ticket, emails, groups, items) for ticket in snapshot["tickets"] if not ticket["deleted"]}


def _facts(ticket: Raw, emails: dict[str, str], groups: dict[str, str], items: dict[str, str]) -> Facts:
    record = ticket["record"]
    values = {
        "title": record["short_description"],
        "status": STATES[record["state"]],
        "priority": record["priority"],
        "requester": emails.get(record["caller_id"], ""),
        "assignee": emails.get(record["assigned_to"], ""),
        "group": groups.get(record["assignment_group"], ""),
        "opened": moment(record["opened_at"]),
        "resolved": moment(record["resolved_at"]),
        "closed": moment(record["closed_at"]),
        "due": moment(record["due_date"]),
        "category": record["category"],
        "subcategory": record["subcategory"],
        "service": items.get(record["business_service"], ""),
        "configuration_items": items.get(record["cmdb_ci"], ""),
        "impact": record["impact"],
        "urgency": record["urgency"],
        "resolution_code": record["close_code"],
        "resolution_notes": record["close_notes"],
    }
    comments = tuple(
        Said(said["email"].lower(), moment(said["time"]), said["public"], _text(said["text"]))
        for said in ticket["comments"]
        if said["author"] != RULE
    )
    return Facts(
        id=ticket["id"],
        values=values,
        description=html.escape(record["description"], quote=False),
        comments=comments,
        public_files=count(ticket["files"]),
        internal_files=Counter(),
        record=record,
    )


def _text(text: str) -> str:
    """Give a journal entry as markup: plain text, or HTML between code tags."""
    return text if text.startswith("[code]") else html.escape(text, quote=False)


TOOL = Tool(
    read=read,
    statuses={},
    priorities={},
    fills=frozenset({"category", "impact", "urgency", "priority", "resolution_code", "resolution_notes"}),
    hides_files=False,
    title_length=160,
    description_length=4000,
)
