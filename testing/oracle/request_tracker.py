"""Request Tracker, as the judge knows it: what its database holds, in the form of a snapshot."""

from __future__ import annotations

from .facts import Facts, Raw, Said, Snapshot, Tool, count, moment

STATUSES = {"new": "new", "open": "in_progress", "stalled": "pending", "resolved": "resolved", "rejected": "canceled"}
PRIORITIES = {100: "1", 75: "2", 50: "3", 25: "4", 0: "5"}
DERIVED = {"1": ("1", "1"), "2": ("1", "2"), "3": ("2", "2"), "4": ("2", "3"), "5": ("3", "3")}
"""Priority -> the impact and urgency that it stands for: Request Tracker has no place for them."""
ENDED = ("resolved", "rejected")


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the tickets of a snapshot that are not deleted."""
    return {str(ticket["id"]): _facts(ticket) for ticket in snapshot["tickets"] if not ticket["deleted"]}


def _facts(ticket: Raw) -> Facts:
    record = ticket["record"]
    priority = PRIORITIES[record["Priority"]]
    impact, urgency = DERIVED[priority]
    values = {
        "title": record["Subject"],
        "status": STATUSES[record["Status"]],
        "priority": priority,
        "impact": impact,
        "urgency": urgency,
        "requester": record["Requestor"],
        "assignee": record["Owner"],
        "group": record["Queue"],
        "opened": moment(record["Created"]),
        "resolved": moment(record["Resolved"]) if record["Status"] in ENDED else "",
        "due": moment(record["Due"]),
    }
    comments = tuple(
        Said(said["email"], moment(said["time"]), said["public"], said["html"], count(said["files"]))
        for said in ticket["comments"]
    )
    return Facts(
        id=str(ticket["id"]),
        values=values,
        description=ticket["description"],
        comments=comments,
        public_files=count(
            [*ticket["files"], *(file for said in ticket["comments"] if said["public"] for file in said["files"])]
        ),
        internal_files=count([file for said in ticket["comments"] if not said["public"] for file in said["files"]]),
        record=record,
    )


TOOL = Tool(
    read=read,
    statuses={"closed": ("resolved",)},
    priorities={},
    fills=frozenset({"priority", "impact", "urgency", "group", "description"}),
    dates=frozenset({"resolved"}),
    hides_files=True,
    title_length=198,  # 200 bytes, of which the mark takes three
)
