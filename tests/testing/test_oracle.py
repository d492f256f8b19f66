"""The judge of moves between tools sees every kind of damage that a move could do, at every tool."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from isthmus.testing.benches import BENCHES
from isthmus.testing.floor import Floor
from isthmus.testing.matrix import move
from isthmus.testing.oracle import facts
from isthmus.testing.oracle.facts import EVER, FIELDS, TIMES
from isthmus.testing.oracle.judge import judge

Json = dict[str, Any]
Damage = Callable[[Json, Json], object]  # takes a ticket and its snapshot

SOURCES = dict.fromkeys(BENCHES, "freshservice") | {"freshservice": "manageengine"}
"""Target -> where its tickets come from: the tools that hold the most facts."""
UNSEEDED = {"freshservice": {"tier", "configuration_items"}, "manageengine": {"configuration_items"}}
"""Source -> facts that no seeded ticket there has."""
TICKETS = 16
FEW = 3
"""On so many tickets a damage is tried each time; on all of them in the long form."""

CHANGED: dict[str, dict[str, tuple[str, tuple[Any, Any]]]] = {
    "bmc_helix": {
        "status": ("record/Status", ("In Progress", "Pending")),
        "priority": ("record/Priority", ("Critical", "High")),
    },
    "freshservice": {
        "status": ("record/status", (6, 3)),
        "priority": ("record/priority", (4, 3)),
    },
    "jira": {
        "status": ("record/fields/status/name", ("Work in progress", "Pending")),
        "priority": ("record/fields/priority/name", ("Highest", "High")),
    },
    "manageengine": {
        "status": ("record/status/name", ("In Progress", "On Hold")),
        "priority": ("record/priority/name", ("High", "Medium")),
    },
    "servicenow": {
        "status": ("record/state", ("2", "3")),
        "priority": ("record/priority", ("1", "2")),
    },
    "zendesk": {
        "status": ("record/status", ("open", "pending")),
        "priority": ("record/priority", ("urgent", "high")),
    },
}
"""Vendor -> fact that no tool may lose -> where it stands, and two values, of which one is another than a ticket has."""
TITLES = {"bmc_helix": "Description", "jira": "fields/summary", "servicenow": "short_description"}

PLACES: dict[str, dict[str, str]] = {
    "bmc_helix": {
        "requester": "record/Person ID",
        "assignee": "record/Assignee Login ID",
        "group": "record/Assigned Group",
        "opened": "record/Reported Date",
        "due": "record/Required Resolution DateTime",
        "category": "record/Categorization Tier 1",
        "subcategory": "record/Categorization Tier 2",
        "service": "record/ServiceCI",
        "impact": "record/Impact",
        "urgency": "record/Urgency",
        "resolution_notes": "record/Resolution",
        "description": "record/Detailed Decription",
    },
    "freshservice": {
        "requester": "record/requester_id",
        "assignee": "record/responder_id",
        "group": "record/group_id",
        "due": "record/due_by",
        "category": "record/category",
        "subcategory": "record/sub_category",
        "service": "record/custom_fields/service",
        "impact": "record/impact",
        "urgency": "record/urgency",
        "labels": "record/tags",
        "resolution_notes": "record/resolution_notes",
        "description": "record/description",
    },
    "jira": {
        "requester": "record/fields/reporter",
        "assignee": "record/fields/assignee",
        "group": "record/fields/Assignment group",
        "category": "record/fields/Operational categorization",
        "service": "record/fields/Affected services",
        "impact": "record/fields/Impact",
        "urgency": "record/fields/Urgency",
        "labels": "record/fields/labels",
        "resolution_notes": "record/fields/Resolution notes",
        "description": "description/text",
    },
    "manageengine": {
        "requester": "record/requester",
        "assignee": "record/technician",
        "group": "record/group",
        "due": "record/due_by_time",
        "category": "record/category",
        "subcategory": "record/subcategory",
        "service": "record/service_category",
        "impact": "record/impact",
        "urgency": "record/urgency",
        "labels": "record/udf_fields/udf_char2",
        "resolution_notes": "record/resolution",
        "description": "record/description",
    },
    "servicenow": {
        "requester": "record/caller_id",
        "assignee": "record/assigned_to",
        "group": "record/assignment_group",
        "opened": "record/opened_at",
        "resolved": "record/resolved_at",
        "closed": "record/closed_at",
        "due": "record/due_date",
        "category": "record/category",
        "subcategory": "record/subcategory",
        "service": "record/business_service",
        "impact": "record/impact",
        "urgency": "record/urgency",
        "resolution_notes": "record/close_notes",
        "description": "record/description",
    },
    "zendesk": {
        "requester": "record/requester_id",
        "assignee": "record/assignee_id",
        "group": "record/group_id",
        "opened": "record/created_at",
        "labels": "record/tags",
        "description": "comments/0/html",
    },
}
"""Vendor -> fact -> where a ticket that was made there holds it; what has no place there stands in text."""

LAST_WORD = re.compile(r"\w+(?=\W*(?:</\w+>\s*|\[/code\])*$)")


def spot(vendor: str, ticket: Json, path: str, snapshot: Json) -> tuple[Any, Any]:
    """Give the container and the key at the end of a path; a custom field of Jira's goes by its name."""
    ids = {field["name"]: field["id"] for field in snapshot["fields"]} if vendor == "jira" else {}
    *way, last = path.split("/")
    at: Any = ticket
    for key in way:
        at = at[int(key) if isinstance(at, list) else key]
    return at, ids.get(last, last)


def strip(name: str, vendor: str) -> Damage:
    """Take a fact from its place and from the text."""
    label = f"{name.replace('_', ' ')}{' at' if name in TIMES else ''}: "

    def damage(ticket: Json, snapshot: Json) -> None:
        if name in PLACES[vendor]:
            at, key = spot(vendor, ticket, PLACES[vendor][name], snapshot)
            at[key] = type(at.get(key))() if isinstance(at.get(key), str | list) else None
        if vendor == "zendesk":
            ticket["record"]["custom_fields"] = []
        retell(note(ticket), lambda text: re.sub(rf"(?i)(?:<br>|\n){label}[^\n<]*", "", text))

    return damage


def change(name: str, vendor: str) -> Damage:
    title = f"record/{TITLES.get(vendor, 'subject')}", ("one", "two")
    path, (one, other) = title if name == "title" else CHANGED[vendor][name]

    def damage(ticket: Json, snapshot: Json) -> None:
        at, key = spot(vendor, ticket, path, snapshot)
        at[key] = other if at[key] == one else one

    return damage


def retell(said: Json, change: Callable[[str], str]) -> None:
    """Change the words of a comment, in whichever form the judge reads them."""
    said.update({form: change(said[form]) for form in ("text", "html") if said.get(form)})


def note(ticket: Json) -> Json:
    return next(said for said in ticket["comments"] if "Carried by Isthmus" in (said.get("html") or said["text"]))


def last(ticket: Json, number: int = 1) -> Json:
    """Give the last comment, or one before it, that people wrote and that is not there for a file."""
    others = [said for said in ticket["comments"][1:] if said is not note(ticket)]
    return [said for said in others if not said.get("system") and not said.get("files")][-number]


def swap(ticket: Json, _: Json) -> None:
    comments = ticket["comments"]
    one, other = (next(at for at, said in enumerate(comments) if said is last(ticket, number)) for number in (1, 2))
    comments[one], comments[other] = comments[other], comments[one]


def unsign(ticket: Json, _: Json) -> None:
    last(ticket).update(email="nobody@example.com")
    retell(last(ticket), lambda text: re.sub(r"\S+@example\.com", "", text))


def undate(ticket: Json, _: Json) -> None:
    last(ticket).update(time="2020-01-01T00:00:00Z")
    retell(last(ticket), lambda text: re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "", text))


def holders(ticket: Json) -> Iterator[list[Json]]:
    """Give every list of files of a ticket."""
    yield from (each["files"] for each in (ticket, *ticket["comments"]) if each.get("files"))


def spoil(name: str, value: str) -> Damage:
    return lambda ticket, _: [file.update({name: value}) for files in holders(ticket) for file in files]


GENERAL: dict[str, Damage] = {
    "a lost ticket": lambda ticket, _: ticket.update(deleted=True),
    "a ticket made twice": lambda ticket, snapshot: snapshot["tickets"].append({**ticket, "id": 999_999}),
    "a comment's visibility": lambda ticket, _: last(ticket).update(public=not last(ticket)["public"]),
    "the order of comments": swap,
    "a comment's last word": lambda ticket, _: retell(last(ticket), lambda text: LAST_WORD.sub("", text)),
    "a lost comment": lambda ticket, _: ticket["comments"].remove(last(ticket)),
    "a doubled comment": lambda ticket, _: ticket["comments"].append({**last(ticket), "id": 999_999}),
    "a comment's author": unsign,
    "a comment's time": undate,
    "a public note of origin": lambda ticket, _: note(ticket).update(public=True),
    "a lost note of origin": lambda ticket, _: ticket["comments"].remove(note(ticket)),
    "a doubled note of origin": lambda ticket, _: ticket["comments"].append({**note(ticket), "id": 999_999}),
    "a lost file": lambda ticket, _: [files.clear() for files in holders(ticket)],
    "a file's bytes": spoil("sha256", "0" * 64),
    "a file's name": spoil("name", "another.txt"),
}
"""Damages that are done alike at every tool."""


def damages(vendor: str) -> dict[str, Damage]:
    """Give all damages that can be done at a tool."""

    def shorten(ticket: Json, snapshot: Json) -> None:
        at, key = spot(vendor, ticket, PLACES[vendor]["description"], snapshot)
        if at and str(at[key]).endswith("…"):  # what does not fit stands in the note
            retell(note(ticket), lambda text: text.replace("description: ", "", 1))
        elif at and at[key]:
            at[key] = LAST_WORD.sub("", at[key])

    stripped = {name: strip(name, vendor) for name in FIELDS if name not in {*EVER, *UNSEEDED[SOURCES[vendor]]}}
    changed = {name: change(name, vendor) for name in EVER}
    return {**GENERAL, **stripped, **changed, "the description's last word": shorten}


def moved(folder: Any, vendor: str) -> tuple[Json, Json]:
    """Give a source, and what a migration made of it."""
    floor = Floor(folder)
    with floor.tool("one", SOURCES[vendor], TICKETS), floor.tool("other", vendor):
        cell = move(floor, "one", "other", (SOURCES[vendor], vendor))
        assert cell.right, cell.report()
        assert (cell.verdict.tickets, cell.verdict.comments > 30, cell.verdict.files > 0) == (TICKETS, True, True)
        return floor.snapshot("one"), floor.snapshot("other")


def pairs(vendor: str, before: Json, made: Json) -> Iterator[tuple[str, Json, Json]]:
    """Give the origin of each ticket that was made, and both states with this ticket alone."""
    raw = {str(ticket["id"]): ticket for ticket in before["tickets"]}
    for ticket in made["tickets"]:
        origin = facts(vendor, {**made, "tickets": [ticket]})[str(ticket["id"])].marker("one") or ""
        yield origin, {**before, "tickets": [raw[origin]]}, {**made, "tickets": [ticket]}


def seen(vendor: str, origin: str, before: Json, made: Json, damage: Damage) -> bool | None:
    """Tell whether the judge names the ticket that a damage was done to; None where there is nothing to damage."""
    after = {**made, "tickets": pickle.loads(pickle.dumps(made["tickets"]))}
    try:
        damage(after["tickets"][0], after)
    except (IndexError, ValueError):  # fewer comments than it takes
        return None
    if after["tickets"] == made["tickets"]:
        return None
    wrong = judge(SOURCES[vendor], before, vendor, after, "one").wrong
    return bool(wrong) and all(words.startswith(f"{origin}: ") for words in wrong)


@pytest.mark.parametrize("few", [FEW, pytest.param(TICKETS, marks=pytest.mark.acceptance)], ids=["few", "all"])
@pytest.mark.parametrize("vendor", BENCHES)
def test_the_judge_sees_every_damage(vendor, few, tmp_path):
    before, made = moved(tmp_path, vendor)
    found: dict[str, list[bool]] = {what: [] for what in damages(vendor)}
    for origin, one, other in pairs(vendor, before, made):
        held = facts(SOURCES[vendor], one)[origin].values
        for what, damage in damages(vendor).items():
            if len(found[what]) < few and held.get(what, "something"):
                answer = seen(vendor, origin, one, other, damage)
                found[what] += [] if answer is None else [answer]
    assert {what: answers for what, answers in found.items() if not answers or not all(answers)} == {}
    assert leaks(vendor, before, made)
    assert len(judge(SOURCES[vendor], {**before, "tickets": []}, vendor, made, "one").wrong) == TICKETS  # made of nothing


def leaks(vendor: str, before: Json, made: Json) -> bool:
    """Tell whether the judge sees files that were internal where they come from, and are public where they went."""
    before = pickle.loads(pickle.dumps(before))
    for said in (said for ticket in before["tickets"] for said in ticket["comments"]):
        said["public"] = False
    return any("became public" in words for words in judge(SOURCES[vendor], before, vendor, made, "one").wrong)
