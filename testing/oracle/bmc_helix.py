"""BMC Helix ITSM, as the judge knows it."""

from __future__ import annotations

import html

from .facts import Facts, Raw, Said, Snapshot, Tool, count, moment

STATUSES = {
    "New": "new",
    "Assigned": "new",
    "In Progress": "in_progress",
    "Pending": "pending",
    "Resolved": "resolved",
    "Closed": "closed",
    "Cancelled": "canceled",
}
PRIORITIES = {"Critical": "1", "High": "2", "Medium": "3", "Low": "4", None: ""}
IMPACTS = {"1": "1", "2": "2", "3": "2", "4": "3", "": ""}
URGENCIES = {"1": "1", "2": "1", "3": "2", "4": "3", "": ""}
"""By the digit with which the option begins."""


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the incidents of a snapshot that are not deleted."""
    people = {person["id"]: person["email"].lower() for person in snapshot["people"]}
    logins = {person["login"]: person["email"].lower() for person in snapshot["people"] if person["login"]}
    return {ticket["id"]: _facts(ticket, people, logins) for ticket in snapshot["tickets"] if not ticket["deleted"]}


def _facts(ticket: Raw, people: dict[str, str], logins: dict[str, str]) -> Facts:
    record = ticket["record"]
    said_here = [said for said in ticket["comments"] if not said.get("system")]
    hidden = [file for said in said_here if not said["public"] for file in said["files"]]
    known = {str(file["id"]) for file in hidden}
    values = {
        "title": record["Description"] or "",
        "status": STATUSES[record["Status"]],
        "priority": PRIORITIES[record["Priority"]],
        "requester": people.get(record["Person ID"] or "", ""),
        "assignee": logins.get(record["Assignee Login ID"] or "", ""),
        "group": record["Assigned Group"] or "",
        "opened": moment(record["Reported Date"] or record["Submit Date"]),
        "resolved": moment(record["Last Resolved Date"]),
        "closed": moment(record["Closed Date"]) or _canceled(record),
        "due": moment(record["Required Resolution DateTime"]),
        "category": record["Categorization Tier 1"] or "",
        "subcategory": record["Categorization Tier 2"] or "",
        "service": record["ServiceCI"] or "",
        "impact": IMPACTS[(record["Impact"] or "")[:1]],
        "urgency": URGENCIES[(record["Urgency"] or "")[:1]],
        "resolution_notes": record["Resolution"] or "",
    }
    return Facts(
        id=ticket["id"],
        values=values,
        description=html.escape(record["Detailed Decription"] or "", quote=False),
        comments=tuple(
            Said(
                said["email"].lower(),
                moment(said["time"]),
                said["public"],
                html.escape(said["text"] or "", quote=False),
                count(said["files"]),
            )
            for said in said_here
        ),
        public_files=count([file for file in ticket["files"] if str(file["id"]) not in known]),
        internal_files=count(hidden),
        record=record,
    )


def _canceled(record: Raw) -> str:
    """Give when an incident was canceled: only its history says so."""
    return moment(record["Status-History"]["Cancelled"]["timestamp"]) if record["Status"] == "Cancelled" else ""


TOOL = Tool(
    read=read,
    statuses={},
    priorities={"5": ("4",)},
    fills=frozenset({"priority", "impact", "urgency", "resolution_notes", "requester", "assignee", "group"}),
    dates=frozenset({"closed"}),
    hides_files=True,
    title_length=100,
)
