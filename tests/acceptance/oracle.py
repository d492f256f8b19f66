"""An independent judge of moves between Zendesk and ServiceNow, on the raw states of the sandboxes.

It knows the two vendors' own words by tables written by hand, and neither mappings nor connectors. Every difference that
these tables do not expect is returned as a sentence; none means that the move is right.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

Snapshot = dict[str, Any]
Ticket = dict[str, Any]

SERVICENOW_STATE = {
    "new": ("1", ""),
    "open": ("2", ""),
    "pending": ("3", "1"),
    "hold": ("3", "4"),
    "solved": ("6", ""),
    "closed": ("7", ""),
}
SERVICENOW_PRIORITY = {
    "urgent": ("1", "1", "1"),
    "high": ("1", "2", "2"),
    "normal": ("2", "2", "3"),
    "low": ("2", "3", "4"),
    None: ("", "", ""),
}
ZENDESK_PRIORITY = {"1": "urgent", "2": "high", "3": "normal", "4": "low", "5": "low"}
MARKER = "isthmus:"
RULE = "system"
"""Whose comments tell that a business rule of the instance has answered an insert."""
RULED = ("priority", "group", "assignee")
"""What such a rule may set."""


def words(text: str, *, markup: bool = True) -> str:
    """Give the words of a text, without markup, bullets, zero-width marks and white space."""
    if markup:
        text = re.sub(r"</?(?:p|br|li|ul|ol|div|h\d|tr|td|pre|blockquote)\b[^>]*>", "\n", text)
        text = re.sub(r"<img\b[^>]*>", " ", text)
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
    text = re.sub(r"\[image: [^\]]*\]", " ", text).replace("\u200b", "").replace("\u00a0", " ")
    text = re.sub(r"(?m)^[\s>\-*]*\d+\. ", " ", text)
    return re.sub(r"[\s\-•*<>|]+", " ", text).strip()


def journal_words(text: str) -> str:
    """Give the words of a ServiceNow journal entry: plain text, or HTML between code tags."""
    if text.startswith("[code]"):
        return words(text.removeprefix("[code]").removesuffix("[/code]"))
    return words(text, markup=False)


def _where(before: str, after: str) -> str:
    """Say where two texts part."""
    place = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    return f"at {place} of {len(before)}, {before[max(place - 10, 0) : place + 30]!r} became {after[max(place - 10, 0) : place + 30]!r} ({len(after)})"


def by_marker(snapshot: Snapshot, field: str, connection: str) -> dict[str, Ticket]:
    """Give the tickets that a migration made, by the id of their source."""
    prefix = f"{MARKER}{connection}:"
    found: dict[str, Ticket] = {}
    for ticket in snapshot["tickets"]:
        marker = ticket["record"].get(field) or ""
        if marker.startswith(prefix) and not ticket["deleted"]:
            assert marker not in found, f"two tickets bear {marker}"
            found[marker.removeprefix(prefix)] = ticket
    return found


class People:
    """Who is who in a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        key = "sys_id" if "sys_id" in snapshot["people"][0] else "id"
        self._emails = {str(person[key]): (person["email"] or "").lower() for person in snapshot["people"]}
        self._groups = {str(group[key]): group["name"] for group in snapshot["groups"]}

    def email(self, person: Any) -> str:
        return self._emails.get(str(person), "") if person else ""

    def group(self, group: Any) -> str:
        return self._groups.get(str(group), "") if group else ""


def zendesk_to_servicenow(source: Snapshot, target: Snapshot, connection: str, desk: str = "") -> Iterator[str]:
    """Compare every ticket of a Zendesk with the incident that a migration made of it.

    Args:
        source: the Zendesk.
        target: the ServiceNow.
        connection: the link's name of the Zendesk.
        desk: the group that a solved ticket without one gets there.
    """
    here, there = People(source), People(target)
    made = by_marker(target, "correlation_id", connection)
    tickets = {str(ticket["id"]): ticket for ticket in source["tickets"] if not ticket["deleted"]}
    yield from (f"{each}: no incident" for each in tickets.keys() - made.keys())
    yield from (f"{each}: an incident without a ticket" for each in made.keys() - tickets.keys())
    for key in sorted(tickets.keys() & made.keys()):
        ticket, incident = tickets[key], made[key]
        one, other = ticket["record"], incident["record"]
        facts = {
            "title": (one["subject"], other["short_description"]),
            "state": (SERVICENOW_STATE[one["status"]], (other["state"], other["hold_reason"])),
            "priority": (SERVICENOW_PRIORITY[one["priority"]], (other["impact"], other["urgency"], other["priority"])),
            "requester": (here.email(one["requester_id"]), there.email(other["caller_id"])),
            "assignee": (here.email(one["assignee_id"]), there.email(other["assigned_to"])),
            "group": (here.group(one["group_id"]) or (desk if _ended(one) else ""), there.group(other["assignment_group"])),
            "opened": (one["created_at"][:19].replace("T", " "), other["opened_at"]),
        }
        if any(comment["author"] == RULE for comment in incident["comments"]):
            facts = {name: pair for name, pair in facts.items() if name not in RULED}
        yield from (f"{key}: {name}: {a!r} became {b!r}" for name, (a, b) in facts.items() if a != b)
        first, *comments = ticket["comments"]
        before, after = words(first["html"]), words(other["description"], markup=False)
        if not first["public"]:  # an internal beginning is an internal comment, never a description that the caller reads
            before, comments = "", ticket["comments"]
        shown = re.sub(r"\s*\d*…$", "", after)  # the cut may have left the number of a list without its point
        cut = after.endswith("…") and before.startswith(re.sub(r"\s*\d*\.?$", "", shown))  # a list's number may stand last
        if before != after and not cut:
            yield f"{key}: description: {_where(before, after)}"
        for label in one["tags"]:
            if not any(label in comment["text"] for comment in incident["comments"]):
                yield f"{key}: label {label} is nowhere"
        yield from _thread(key, comments, incident["comments"])
        yield from _files(key, ticket, incident)


def _ended(record: Ticket) -> bool:
    return record["status"] in {"solved", "closed"}


def _thread(key: str, comments: list[Ticket], copies: list[Ticket]) -> Iterator[str]:
    """Compare a thread: everything said once, in order, as public or internal as it was, with author and time."""
    copies = [copy for copy in copies if copy["author"] != RULE]
    copied = [copy for copy in copies if "note:" not in copy["text"].split("\n")[0]]
    notes = [copy for copy in copies if copy not in copied]
    if len(notes) != 1 or notes[0]["public"]:
        yield f"{key}: {len(notes)} notes of origin"
    told = [comment for comment in comments if words(comment["html"]) or not comment["files"]]
    shown = [copy for copy in copied if not copy["files"] or journal_words(copy["text"])]
    if len(told) != len(shown):
        yield f"{key}: {len(told)} comments became {len(shown)}"
        return
    for comment, copy in zip(told, shown, strict=True):
        said, text = words(comment["html"]), journal_words(copy["text"])
        if said not in text:
            yield f"{key}: comment {said!r} became {text!r}"
        if comment["public"] is not copy["public"]:
            yield f"{key}: comment {comment['id']} changed its visibility"
        for fact in (comment["email"], comment["time"].replace("T", " ").replace("Z", "")):
            if words(fact, markup=False) not in text and fact not in (
                copy["email"],
                copy["time"].replace("T", " ").replace("Z", ""),
            ):
                yield f"{key}: comment {comment['id']}: {fact} is nowhere"


def files_of(ticket: Ticket, *, public: bool | None = None) -> Counter[tuple[str, str]]:
    """Count the files of a ticket by (name, SHA-256), wherever they hang."""
    hanging = {str(file["id"]) for comment in ticket["comments"] for file in comment["files"]}
    held = [file for file in ticket["files"] if str(file["id"]) not in hanging]
    for comment in ticket["comments"]:
        if public is None or comment["public"] is public:
            held += comment["files"]
    return Counter((file["name"], file["sha256"]) for file in {str(file["id"]): file for file in held}.values())


def _files(key: str, ticket: Ticket, incident: Ticket) -> Iterator[str]:
    """ServiceNow cannot hide a file from the caller: the public files arrive, and the internal ones must not."""
    expected, found = files_of(ticket, public=True), files_of(incident)
    if expected != found:
        yield f"{key}: files {dict(expected)} became {dict(found)}"


def servicenow_to_zendesk(
    source: Snapshot, target: Snapshot, connection: str, first: Snapshot, desk: str = ""
) -> Iterator[str]:
    """Compare a Zendesk that was filled from ServiceNow with the Zendesk from which that one was filled."""
    here, between, there = People(first), People(source), People(target)
    made = by_marker(target, "external_id", connection)
    incidents = {ticket["id"]: ticket for ticket in source["tickets"] if not ticket["deleted"]}
    yield from (f"{each}: no ticket" for each in incidents.keys() - made.keys())
    yield from (f"{each}: a ticket without an incident" for each in made.keys() - incidents.keys())
    originals = {str(ticket["id"]): ticket for ticket in first["tickets"]}
    for key in sorted(incidents.keys() & made.keys()):
        incident, ticket = incidents[key], made[key]
        original = originals[incident["record"]["correlation_id"].rpartition(":")[2]]
        one, other = original["record"], ticket["record"]
        facts = {
            "title": (one["subject"], other["subject"]),
            "status": (one["status"], other["status"]),
            "priority": (one["priority"], other["priority"]),
            "requester": (here.email(one["requester_id"]), there.email(other["requester_id"])),
            "assignee": (here.email(one["assignee_id"]), there.email(other["assignee_id"])),
            "group": (here.group(one["group_id"]) or (desk if _ended(one) else ""), there.group(other["group_id"])),
            "opened": (one["created_at"], other["created_at"]),
        }
        if any(comment["author"] == RULE for comment in incident["comments"]):
            held = incident["record"]
            facts["priority"] = (ZENDESK_PRIORITY.get(held["priority"]), other["priority"])
            facts["group"] = (between.group(held["assignment_group"]), there.group(other["group_id"]))
            facts["assignee"] = (between.email(held["assigned_to"]), there.email(other["assignee_id"]))
        yield from (f"{key}: {name}: {a!r} became {b!r}" for name, (a, b) in facts.items() if a != b)
        yield from _there_and_back(key, original, ticket)


def _there_and_back(key: str, original: Ticket, ticket: Ticket) -> Iterator[str]:
    copies = ticket["comments"][1:]
    for comment in original["comments"][1:]:
        said = words(comment["html"])
        same = [copy for copy in copies if said and said in words(copy["html"]) and comment["time"][:10] in copy["html"]]
        if said and not same:
            yield f"{key}: comment {said!r} is nowhere"
        if any(copy["public"] and not comment["public"] for copy in same if comment["email"] in copy["html"]) and not any(
            twin["public"] and words(twin["html"]) == said for twin in original["comments"]
        ):
            yield f"{key}: comment {comment['id']} became public"
    if files_of(original, public=True) != files_of(ticket):
        yield f"{key}: files {dict(files_of(original, public=True))} became {dict(files_of(ticket))}"


def public_text(snapshot: Snapshot) -> Iterator[str]:
    """Give every text that a requester can read."""
    for ticket in snapshot["tickets"]:
        record = ticket["record"]
        for field in ("subject", "description", "short_description", "close_notes"):
            yield str(record.get(field) or "")
        for comment in ticket["comments"]:
            if comment["public"]:
                yield comment.get("html") or comment["text"]
        yield from (name for name, _ in public_files(ticket))


def public_files(ticket: Ticket) -> Counter[tuple[str, str]]:
    """Count the files that a requester can open: those of public comments, and those that hang on the ticket itself."""
    return files_of(ticket, public=True)


ZENDESK_STATUS = {"1": "new", "2": "open", "6": "solved", "7": "closed", "8": "solved"}
HOLD = {"1": "pending", "": "pending", "3": "hold", "4": "hold", "5": "hold"}
CLOSED_BY_TIME = {"solved": ("solved", "closed")}
"""A standard automation of Zendesk closes what has been solved for four days."""


def incidents_to_tickets(source: Snapshot, target: Snapshot, connection: str) -> Iterator[str]:
    """Compare every incident of a ServiceNow with the ticket that a migration made of it."""
    here, there = People(source), People(target)
    made = by_marker(target, "external_id", connection)
    incidents = {ticket["id"]: ticket for ticket in source["tickets"] if not ticket["deleted"]}
    yield from (f"{each}: no ticket" for each in incidents.keys() - made.keys())
    yield from (f"{each}: a ticket without an incident" for each in made.keys() - incidents.keys())
    for key in sorted(incidents.keys() & made.keys()):
        incident, ticket = incidents[key], made[key]
        one, other = incident["record"], ticket["record"]
        status = HOLD[one["hold_reason"]] if one["state"] == "3" else ZENDESK_STATUS[one["state"]]
        facts = {
            "title": (one["short_description"], other["subject"]),
            "priority": (ZENDESK_PRIORITY[one["priority"]], other["priority"]),
            "requester": (here.email(one["caller_id"]), there.email(other["requester_id"])),
            "assignee": (here.email(one["assigned_to"]), there.email(other["assignee_id"])),
            "group": (here.group(one["assignment_group"]), there.group(other["group_id"])),
            "opened": (one["opened_at"].replace(" ", "T") + "Z", other["created_at"]),
        }
        yield from (f"{key}: {name}: {a!r} became {b!r}" for name, (a, b) in facts.items() if a != b)
        if other["status"] not in CLOSED_BY_TIME.get(status, (status,)):
            yield f"{key}: status: {one['state']} became {other['status']}"
        copies = [copy for copy in ticket["comments"][1:] if "Carried by Isthmus" not in copy["html"] and not copy["files"]]
        if len(copies) != len(incident["comments"]):
            yield f"{key}: {len(incident['comments'])} comments became {len(copies)}"
            continue
        for comment, copy in zip(incident["comments"], copies, strict=True):
            if journal_words(comment["text"]) not in words(copy["html"]):
                yield f"{key}: comment {comment['text']!r} became {copy['html']!r}"
            if comment["public"] is not copy["public"]:
                yield f"{key}: comment {comment['id']} changed its visibility"
            if comment["email"] != copy["email"] or comment["time"].replace(" ", "T") + "Z" != copy["time"]:
                yield f"{key}: comment {comment['id']}: {comment['email']} {comment['time']} became {copy['email']} {copy['time']}"
        if sorted(sha for _, sha in files_of(incident)) != sorted(sha for _, sha in files_of(ticket)):
            yield f"{key}: files {dict(files_of(incident))} became {dict(files_of(ticket))}"
