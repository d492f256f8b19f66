"""Freshservice, as the judge knows it."""

from __future__ import annotations

from .facts import Facts, Raw, Said, Snapshot, Tool, count, inner, moment

STATUSES = {2: "new", 3: "pending", 4: "resolved", 5: "closed", 6: "in_progress", 7: "pending"}
"""6 and 7 are those that the sandbox's account has beside the standard ones."""
MARKS = ("isthmus:", "isthmus#")
"""How a tag begins that is no label: by it a ticket that was made is found again."""
KNOWN = ("external_ref", "external_number")
"""Custom fields that hold where a ticket comes from."""
PRIORITIES = {4: "1", 3: "2", 2: "3", 1: "4", None: ""}
LEVELS = {3: "1", 2: "2", 1: "3", None: ""}


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the tickets of a snapshot that are not deleted."""
    emails = {person["id"]: _email(person) for person in snapshot["people"]}
    groups = {group["id"]: group["name"] for group in snapshot["groups"]}
    return {str(ticket["id"]): _facts(ticket, emails, groups) for ticket in snapshot["tickets"] if not ticket["deleted"]}


def _email(person: Raw) -> str:
    return (person.get("email") or person.get("primary_email") or "").lower()


def _facts(ticket: Raw, emails: dict[int, str], groups: dict[int, str]) -> Facts:
    record, stats = ticket["record"], inner(ticket["record"].get("stats"))
    custom = record["custom_fields"]
    hidden = [file for said in ticket["comments"] if not said["public"] for file in said["files"]]
    known = {str(file["id"]) for file in hidden}
    values = {
        "title": record["subject"],
        "status": STATUSES[record["status"]],
        "priority": PRIORITIES[record["priority"]],
        "requester": emails.get(record["requester_id"], ""),
        "assignee": emails.get(record["responder_id"] or 0, ""),
        "group": groups.get(record["group_id"] or 0, ""),
        "opened": moment(record["created_at"]),
        "acknowledged": moment(stats.get("first_assigned_at")),
        "first_response": moment(stats.get("first_responded_at")),
        "due": moment(record["due_by"]),
        "resolved": moment(stats.get("resolved_at")),
        "closed": moment(stats.get("closed_at")),
        "category": record["category"] or "",
        "subcategory": record["sub_category"] or "",
        "service": custom.get("service") or "",
        "impact": LEVELS[record["impact"]],
        "urgency": LEVELS[record["urgency"]],
        "labels": " ".join(sorted(tag for tag in record["tags"] if not tag.startswith(MARKS))),
        "resolution_code": custom.get("resolution_code") or "",
        "resolution_notes": record.get("resolution_notes") or "",
    }
    comments = tuple(
        Said(said["email"].lower(), moment(said["time"]), said["public"], said["html"], count(said["files"]))
        for said in ticket["comments"]
    )
    return Facts(
        id=str(ticket["id"]),
        values=values,
        description=record["description"] or "",
        comments=comments,
        public_files=count([file for file in ticket["files"] if str(file["id"]) not in known]),
        internal_files=count(hidden),
        record=record,
        custom=tuple(
            str(value) for name, value in custom.items() if value not in (None, "", [], False) and name not in KNOWN
        ),
    )


TOOL = Tool(
    read=read,
    statuses={"canceled": ("closed",)},
    priorities={"5": ("4",)},
    fills=frozenset({"requester", "priority", "impact", "urgency", "description", "acknowledged", "first_response", "due"}),
    dates=frozenset({"resolved", "closed"}),
    hides_files=True,
    title_length=255,
)
