"""ManageEngine ServiceDesk Plus, as the judge knows it."""

from __future__ import annotations

from collections import Counter

from .facts import Facts, Raw, Said, Snapshot, Tool, count, inner, moment, words

STATUSES = {
    "Open": "new",
    "In Progress": "in_progress",
    "On Hold": "pending",
    "Resolved": "resolved",
    "Closed": "closed",
    "Cancelled": "canceled",
}
PRIORITIES = {"High": "1", "Medium": "2", "Normal": "3", "Low": "4", "": ""}
IMPACTS = {"High": "1", "Affects Group": "2", "Medium": "2", "Low": "3", "": ""}
URGENCIES = {"Urgent": "1", "High": "1", "Normal": "2", "Low": "3", "": ""}


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the requests of a snapshot that are not deleted and ask for no service: those are no incidents."""
    incidents = (each for each in snapshot["tickets"] if not each["record"].get("is_service_request"))
    return {ticket["id"]: _facts(ticket) for ticket in incidents if not ticket["deleted"]}


def _facts(ticket: Raw) -> Facts:
    record = ticket["record"]
    hidden = [file for said in ticket["comments"] if not said["public"] for file in said["files"]]
    known = {str(file["id"]) for file in hidden}
    values = {
        "title": record["subject"],
        "status": STATUSES[_name(record["status"])],
        "priority": PRIORITIES[_name(record["priority"])],
        "requester": _email(record["requester"]),
        "assignee": _email(record["technician"]),
        "group": _name(record["group"]),
        "opened": _time(record["created_time"]),
        "acknowledged": _time(record.get("assigned_time")),
        "first_response": _time(record.get("responded_time")),
        "due": _time(record.get("due_by_time")),
        "tier": _name(record.get("level")),
        "resolved": _time(record.get("resolved_time")),
        "closed": _time(record.get("completed_time")),
        "category": _name(record["category"]),
        "subcategory": _name(record["subcategory"]),
        "service": _name(record.get("service_category")),
        "impact": IMPACTS[_name(record["impact"])],
        "urgency": URGENCIES[_name(record["urgency"])],
        "resolution_code": _name(inner(record.get("closure_info")).get("closure_code")),
        "resolution_notes": words(inner(record.get("resolution")).get("content") or ""),
        "labels": " ".join(sorted(_labels(record))),
    }
    comments = tuple(
        Said(said["email"].lower(), moment(said["time"]), said["public"], said["html"], count(said["files"]))
        for said in ticket["comments"]
    )
    return Facts(
        id=ticket["id"],
        values=values,
        description=record["description"] or "",
        comments=comments,
        public_files=count([file for file in ticket["files"] if str(file["id"]) not in known]),
        internal_files=Counter(count(hidden)),
        record=record,
    )


def _labels(record: Raw) -> set[str]:
    """Give the labels: in a custom text field, since no call writes the product's own tags."""
    told = inner(record.get("udf_fields")).get("udf_char2") or ""
    return {label for each in told.split(",") if (label := each.strip())}


def _name(value: Raw | None) -> str:
    return (value or {}).get("name") or ""


def _email(value: Raw | None) -> str:
    return ((value or {}).get("email_id") or "").lower()


def _time(value: Raw | None) -> str:
    return moment((value or {}).get("value"))


TOOL = Tool(
    read=read,
    statuses={},
    priorities={"5": ("4",)},
    fills=frozenset(
        {"requester", "priority", "impact", "urgency", "resolution_code", "acknowledged", "first_response", "due"}
    ),
    dates=frozenset({"closed"}),
    hides_files=False,  # as on-premises, where the matrix works
    title_length=250,
)
