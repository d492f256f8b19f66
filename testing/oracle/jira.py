"""Jira Service Management, as the judge knows it."""

from __future__ import annotations

import html
import re
from typing import Any, cast

from .facts import Facts, Raw, Said, Snapshot, Tool, count, inner, moment

STATUSES = {
    "Open": "new",
    "Waiting for support": "new",
    "Work in progress": "in_progress",
    "In progress": "in_progress",
    "Pending": "pending",
    "Waiting for customer": "pending",
    "Waiting for approval": "pending",
    "Completed": "resolved",
    "Resolved": "resolved",
    "Closed": "closed",
    "Canceled": "canceled",
}
CATEGORIES = {"new": "new", "indeterminate": "in_progress", "done": "resolved"}
"""What a status of a site's own means: what its category tells."""
PRIORITIES = {
    "Highest": "1",
    "High": "2",
    "Medium": "3",
    "Low": "4",
    "Lowest": "5",
    "": "",
    # of older sites
    "Blocker": "1",
    "Critical": "1",
    "Major": "2",
    "Minor": "4",
    "Trivial": "5",
}
IMPACTS = {
    "Extensive / Widespread": "1",
    "Significant / Large": "2",
    "Moderate / Limited": "2",
    "Minor / Localized": "3",
    "": "",
}
URGENCIES = {"Critical": "1", "High": "1", "Medium": "2", "Low": "3", "": ""}
NAMES_FILES = re.compile(r"(?:(?:\[\^[^\]]+\]|![^!]+!)\s*(?:_?\(\d+ kB\)_?)?\s*)+")
"""What the service desk writes into the comment that it makes of a shared file."""


def read(snapshot: Snapshot) -> dict[str, Facts]:
    """Give the issues of a snapshot that are not deleted."""
    names = {field["name"]: field["id"] for field in snapshot["fields"]}
    emails = {person["accountId"]: (person.get("emailAddress") or "").lower() for person in snapshot["people"]}
    return {str(ticket["id"]): _facts(ticket, names, emails) for ticket in snapshot["tickets"] if not ticket["deleted"]}


def _facts(ticket: Raw, names: dict[str, str], emails: dict[str, str]) -> Facts:
    fields = ticket["record"]["fields"]
    shared = {str(file["id"]) for said in ticket["comments"] if said["public"] for file in said["files"]}
    asked = inner(fields.get("reporter")).get("accountId")
    hidden = [file for file in ticket["files"] if str(file["id"]) not in shared and file["author"] != asked]
    known = {str(file["id"]) for file in hidden}

    def custom(name: str) -> str:
        return _text(fields.get(names.get(name, "")))

    values = {
        "title": fields["summary"],
        "status": STATUSES.get(fields["status"]["name"]) or CATEGORIES[fields["status"]["statusCategory"]["key"]],
        "priority": PRIORITIES[_text(fields.get("priority"))],
        "requester": emails.get(inner(fields.get("reporter")).get("accountId", ""), ""),
        "assignee": emails.get(inner(fields.get("assignee")).get("accountId", ""), ""),
        "group": custom("Assignment group"),
        "opened": moment(fields["created"]),
        "resolved": moment(fields.get("resolutiondate")),
        "labels": " ".join(sorted(label for label in fields.get("labels") or () if not label.startswith("isthmus"))),
        "impact": IMPACTS[custom("Impact")],
        "urgency": URGENCIES[custom("Urgency")],
        "category": custom("Operational categorization"),
        "service": custom("Affected services"),
        "resolution_code": _text(fields.get("resolution")),
        "resolution_notes": _shown(fields.get(names.get("Resolution notes", ""))),
    }
    comments = tuple(
        Said(
            said["email"].lower(),
            moment(said["time"]),
            said["public"],
            html.escape(_words(said), quote=False),
            count(said["files"]),
        )
        for said in ticket["comments"]
    )
    return Facts(
        id=str(ticket["id"]),
        values=values,
        description=html.escape(_description(ticket), quote=False),
        comments=comments,
        public_files=count([file for file in ticket["files"] if str(file["id"]) not in known]),
        internal_files=count(hidden),
        record=ticket["record"],
    )


def _words(said: Raw) -> str:
    """Give the words of a comment; one that only names the files that it shares says nothing."""
    text = str(said["text"] or "")
    return "" if said["files"] and NAMES_FILES.fullmatch(text.strip()) else text


def _description(ticket: Raw) -> str:
    told: Any = ticket["description"]
    return str((inner(told)["text"] if isinstance(told, dict) else told) or "")


def _shown(node: Any) -> str:
    """Give the words of a document."""
    if not isinstance(node, dict):
        return str(node or "")
    found = inner(node)
    if found.get("type") in ("text", "hardBreak"):
        return str(found.get("text") or "\n")
    between = "\n" if found.get("type") == "doc" else ""
    return between.join(_shown(child) for child in found.get("content") or ())


def _text(value: Any) -> str:
    """Give the words of an option, a named thing, a list of such, or plain text."""
    if isinstance(value, list):
        return ", ".join(_text(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return str(inner(value).get("name") or inner(value).get("value") or "")
    return "" if value is None else str(value)


TOOL = Tool(
    read=read,
    statuses={},
    priorities={},
    fills=frozenset({"priority", "resolution_code", "requester"}),
    dates=frozenset({"resolved"}),
    hides_files=True,
    title_length=255,
)
