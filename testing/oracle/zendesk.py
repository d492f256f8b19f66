"""Zendesk, as the judge knows it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from .facts import Facts, Raw, Said, Snapshot, Tool, count, moment

STATUSES = {
    "new": "new",
    "open": "in_progress",
    "pending": "pending",
    "hold": "pending",
    "solved": "resolved",
    "closed": "closed",
    "deleted": "closed",
}
DERIVED = {"1": ("1", "1"), "2": ("1", "2"), "3": ("2", "2"), "4": ("2", "3"), "": ("", "")}
"""Priority -> the impact and urgency that it stands for: Zendesk has no place for them."""
PRIORITIES = {"urgent": "1", "high": "2", "normal": "3", "low": "4", None: ""}


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the tickets of a snapshot that are not deleted."""
    emails = {person["id"]: (person["email"] or "").lower() for person in snapshot["people"]}
    groups = {group["id"]: group["name"] for group in snapshot["groups"]}
    return {str(ticket["id"]): _facts(ticket, emails, groups) for ticket in snapshot["tickets"] if not ticket["deleted"]}


def _facts(ticket: Raw, emails: dict[int, str], groups: dict[int, str]) -> Facts:
    record = ticket["record"]
    first, *others = ticket["comments"]
    hidden = not first["public"]
    comments = tuple(
        Said(said["email"].lower(), moment(said["time"]), said["public"], said["html"], count(said["files"]))
        for said in (ticket["comments"] if hidden else others)
    )
    public = [file for said in ticket["comments"] if said["public"] for file in said["files"]]
    internal = [file for said in ticket["comments"] if not said["public"] for file in said["files"]]
    values = {
        "title": record["subject"],
        "status": STATUSES[record["status"]],
        "priority": PRIORITIES[record["priority"]],
        "impact": DERIVED[PRIORITIES[record["priority"]]][0],
        "urgency": DERIVED[PRIORITIES[record["priority"]]][1],
        "requester": emails.get(record["requester_id"], ""),
        "assignee": emails.get(record["assignee_id"], ""),
        "group": groups.get(record["group_id"], ""),
        "opened": moment(record["created_at"]),
        "updated": moment(record["updated_at"]),
        "due": moment(record.get("due_at")),
        "labels": " ".join(sorted(record["tags"])),
    }
    return Facts(
        id=str(ticket["id"]),
        values=values,
        description="" if hidden else first["html"],
        comments=comments,
        public_files=count(public),
        internal_files=Counter(count(internal)),
        record=record,
        custom=tuple(str(field["value"]) for field in record["custom_fields"] if field["value"] not in (None, "", False)),
    )


TOOL = Tool(
    read=read,
    statuses={"canceled": ("resolved",)},
    priorities={"5": ("4",)},
    # Its priority stands for impact and urgency.
    fills=frozenset({"requester", "assignee", "description", "impact", "urgency"}),
    closes_after=timedelta(days=4),
    hides_files=True,
)
