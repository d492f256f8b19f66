"""An independent judge of mirrors: whether all members of a link agree, on the raw states of the sandboxes.

As its sibling, it knows the vendors' own words by tables written by hand, and neither mappings nor connectors.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from oracle import MARKER, People, Snapshot, Ticket, files_of, journal_words, words

STATUSES = {
    ("1", ""): "new",
    ("2", ""): "open",
    ("3", ""): "pending",
    ("3", "1"): "pending",
    ("3", "3"): "hold",
    ("3", "4"): "hold",
    ("3", "5"): "hold",
    ("6", ""): "solved",
    ("7", ""): "closed",
    ("8", ""): "solved",
}
"""(state, hold reason) of ServiceNow -> status of Zendesk."""
PRIORITIES = {"1": "urgent", "2": "high", "3": "normal", "4": "low", "5": "low", "": None}
SAME_IN_SERVICENOW = {
    "status": ("state", "hold_reason", "close_code", "close_notes"),
    "priority": ("impact", "urgency", "priority"),
    "title": ("short_description",),
    "category": ("category", "subcategory"),
}
SAME_IN_ZENDESK = {"status": ("status",), "priority": ("priority",), "title": ("subject",), "labels": ("tags",)}
HEADER = re.compile(r"(?P<who>[^\n]*?), (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC(?: \[(?P<origin>\S+)\])?:")
"""The first line of a carried comment."""


@dataclass(frozen=True)
class Difference:
    """Something on which two members do not agree."""

    bond: str
    group: str
    words: str


@dataclass(frozen=True)
class Statement:
    """One comment, wherever it stands, by its words, its writer, its time and whether the requester may read it."""

    text: str
    public: bool
    email: str
    time: str


class Member:
    """One tool as its snapshot shows it."""

    def __init__(self, name: str, snapshot: Snapshot) -> None:
        self.name = name
        self.people = People(snapshot)
        self.tickets = {str(each["id"]): each for each in snapshot["tickets"] if not each["deleted"]}
        self.is_zendesk = any("subject" in each["record"] for each in snapshot["tickets"])
        self.marker = "external_id" if self.is_zendesk else "correlation_id"
        self.group_names = {group["name"] for group in snapshot["groups"]}

    def facts(self, record: Ticket) -> dict[str, Any]:
        """Give what both vendors have, by e-mail addresses and names."""
        requester, assignee, group, title = (
            ("requester_id", "assignee_id", "group_id", "subject")
            if self.is_zendesk
            else ("caller_id", "assigned_to", "assignment_group", "short_description")
        )
        watchers = record["collaborator_ids"] if self.is_zendesk else record["watch_list"].split(",")
        return {
            "title": record[title],
            "requester": self.people.email(record[requester]),
            "assignee": self.people.email(record[assignee]),
            "group": self.people.group(record[group]),
            "watchers": sorted(self.people.email(each) or each for each in watchers if each),
        }


def bonds(members: dict[str, Member]) -> dict[str, dict[str, Ticket]]:
    """Give the records that are the same incident, by ``connection:id`` of the first of them."""
    found: dict[str, dict[str, Ticket]] = {}
    for name, member in members.items():
        for key, ticket in member.tickets.items():
            marker = ticket["record"].get(member.marker) or ""
            origin = marker.removeprefix(MARKER) if marker.startswith(MARKER) else f"{name}:{key}"
            held = found.setdefault(origin, {})
            assert name not in held, f"two records of {name} are {origin}"
            held[name] = ticket
    return found


def differences(members: dict[str, Member]) -> Iterator[Difference]:
    """Give everything on which the members do not agree."""
    for bond, tickets in bonds(members).items():
        for name in members.keys() - tickets.keys():
            yield Difference(bond, "incident", f"{name} has none")
        for one, other in combinations(sorted(tickets), 2):
            pair = ((members[one], tickets[one]), (members[other], tickets[other]))
            for group, before, after in _fields(*pair):
                if before != after:
                    yield Difference(bond, group, f"{one} says {before!r}, {other} says {after!r}")
            for group, before, after in _threads(bond, *pair):
                if before != after:
                    lacks = f"{one} alone has {before - after}, {other} alone has {after - before}"
                    yield Difference(bond, group, lacks)


def _fields(one: tuple[Member, Ticket], other: tuple[Member, Ticket]) -> Iterator[tuple[str, Any, Any]]:
    (here, first), (there, second) = one, other
    mine, theirs = first["record"], second["record"]
    facts, others = here.facts(mine), there.facts(theirs)
    for name in ("title", "requester", "watchers"):
        yield name, facts[name], others[name]
    if {facts["group"], others["group"]} <= here.group_names & there.group_names | {""}:
        yield "assignment", (facts["group"], facts["assignee"]), (others["group"], others["assignee"])
    if here.is_zendesk is there.is_zendesk:
        for group, columns in (SAME_IN_ZENDESK if here.is_zendesk else SAME_IN_SERVICENOW).items():
            yield group, [mine[each] for each in columns], [theirs[each] for each in columns]
        return
    zendesk, incident = (mine, theirs) if here.is_zendesk else (theirs, mine)
    yield "status", zendesk["status"], STATUSES[incident["state"], incident["hold_reason"]]
    yield "priority", zendesk["priority"], PRIORITIES[incident["priority"]]


# -- threads


def _plain(member: Member, comment: Ticket) -> str:
    text = comment["html"] if member.is_zendesk else comment["text"]
    if not member.is_zendesk and not text.startswith("[code]"):
        return text
    return html.unescape(re.sub(r"<[^>]+>", "", text.removeprefix("[code]").removesuffix("[/code]")))


def statement(member: Member, comment: Ticket) -> Statement:
    """Give a comment as its writer wrote it, whether it stands at its origin or is a copy of a copy's text."""
    said = words(comment["html"]) if member.is_zendesk else journal_words(comment["text"])
    header = HEADER.match(_plain(member, comment).strip())
    if header is None:
        return Statement(said, comment["public"], comment["email"], comment["time"].replace("T", " ").removesuffix("Z"))
    email = re.search(r"<([^<>]+)>", header["who"])
    said = said.removeprefix(words(header[0], markup=False)).strip()
    return Statement(said, comment["public"], email[1] if email else "", header["time"])


def thread(member: Member, ticket: Ticket) -> Counter[Statement]:
    """Count what was said: without the description, our notes, and comments that only hold a file."""
    comments = ticket["comments"]
    if member.is_zendesk and comments and comments[0]["public"]:
        comments = comments[1:]
    found = [(statement(member, comment), comment) for comment in comments]
    return Counter(
        said
        for said, comment in found
        if not re.search(r"Carried by Isthmus from|^The record of this incident", said.text)
        and not (comment["files"] and said.text in ("", "Attached file"))
    )


def notes(member: Member, ticket: Ticket) -> list[Ticket]:
    """Give the notes of origin."""
    return [each for each in ticket["comments"] if "Carried by Isthmus from" in _plain(member, each)]


def _threads(
    bond: str, one: tuple[Member, Ticket], other: tuple[Member, Ticket]
) -> Iterator[tuple[str, Counter[Any], Counter[Any]]]:
    yield "comments", thread(*one), thread(*other)
    yield "files", _carried(one, other), _carried(other, one)
    for member, ticket in (one, other):
        made = not bond.startswith(f"{member.name}:")
        yield "note", Counter(note["public"] for note in notes(member, ticket)), Counter([False] * made)


def _carried(one: tuple[Member, Ticket], other: tuple[Member, Ticket]) -> Counter[tuple[str, str]]:
    """Count the files of one record that the other must hold as well: what it cannot hide is only there if it is public."""
    mine = files_of(one[1])
    if one[0].is_zendesk:
        return mine if other[0].is_zendesk else files_of(one[1], public=True)
    return mine if not other[0].is_zendesk else mine & files_of(other[1], public=True)


def unheard(members: dict[str, Member], diary: Any) -> Iterator[str]:
    """Say which words and files of people do not stand exactly once, and as visible as they were, at every member."""
    places = {(name, str(ticket["id"])): bond for bond, held in bonds(members).items() for name, ticket in held.items()}
    wanted: dict[str, Counter[tuple[str, bool, str]]] = {}
    for said in diary.said:
        bond = places[said.connection, said.record_id]
        wanted.setdefault(bond, Counter())[words(said.text, markup=False), said.public, said.email] += 1
    for bond, tickets in bonds(members).items():
        for name, ticket in tickets.items():
            held = Counter((each.text, each.public, each.email) for each in thread(members[name], ticket).elements())
            for key, number in wanted.get(bond, Counter()).items():
                if held[key] != number:
                    yield f"{bond}: {name} holds {key} {held[key]} times, not {number}"
    for file in diary.brought:
        for name, ticket in bonds(members)[places[file.connection, file.record_id]].items():
            yield from _missing(members[name], ticket, file, hidden=members[file.connection].is_zendesk and not file.public)


def _missing(member: Member, ticket: Ticket, file: Any, *, hidden: bool) -> Iterator[str]:
    """A file stands once; one that is hidden from the requester stands nowhere but where it can be hidden."""
    wanted = 1 if member.is_zendesk or not hidden else 0
    found = files_of(ticket)[file.name, file.sha256]
    if found != wanted:
        yield f"{member.name} {ticket['id']} holds {file} {found} times, not {wanted}"
    holders = [each for each in ticket["comments"] if any(held["sha256"] == file.sha256 for held in each["files"])]
    if any(each["public"] is not file.public for each in holders):
        yield f"{member.name} {ticket['id']} shows {file} to the wrong people"


def unlisted(found: Iterable[Difference], listed: Iterable[tuple[str, str]]) -> list[Difference]:
    """Give the differences that the ledger does not list as (bond, group)."""
    known = set(listed)
    return [each for each in found if (each.bond, each.group) not in known]
