"""The least calls that the vendors' documents allow for a migration, endpoint by endpoint, each with its source.

They are counted from what the sandboxes hold and from Zendesk's event export, never from what the connectors do. Look-ups
that everybody needs once (who we are, fields, groups, states) count once for each endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import requests

from .sandboxes import Sandbox

EXPORT_PAGE = 1000
"""Tickets, and events, of one call of the incremental exports. [developer.zendesk.com, incremental exports]"""
JOB = 100
"""Tickets of one import job. [developer.zendesk.com, ticket import]"""
LIST_PAGE = 100
"""Rows of one page of a list. [developer.zendesk.com, pagination]"""
TABLE_PAGE = 10_000
"""Rows of one page of the table API, its default limit. [ServiceNow documentation, Table API]"""
ITEMS = 50
"""Calls of one batch. No number is documented, only that a whole batch ends within 30 seconds: 50 calls of half a second
leave some room. [ServiceNow documentation, REST batch API]"""
CHANGED_LATER = ("CommentPrivacyChange", "CommentRedactionEvent", "AttachmentRedactionEvent")
"""Events after which a comment is not what the export tells. [developer.zendesk.com, ticket audits]"""


@dataclass(frozen=True, slots=True)
class Need:
    """The least calls of one endpoint."""

    side: str
    """``source`` or ``target``."""
    operation: str
    least: int
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a source holds."""

    tickets: int
    files: int
    """Files that can be carried: ServiceNow can hide none, so those of internal comments stay where they are."""
    people: int
    threads: list[tuple[int, int]]
    """Public and internal comments of each ticket."""
    events: int = 0
    """Events of Zendesk's export."""
    unsure: int = 0
    """Tickets of which Zendesk's export does not tell all: images in texts, comments that were changed later."""


def held(sandbox: Sandbox) -> Held:
    """Count what a sandbox holds."""
    tickets: list[Any] = [each for each in sandbox.control("snapshot")["tickets"] if not each["deleted"]]
    threads = [
        (sum(each["public"] for each in ticket["comments"]), sum(not each["public"] for each in ticket["comments"]))
        for ticket in tickets
    ]
    people = len(sandbox.control("snapshot")["people"])
    if sandbox.vendor != "zendesk":
        return Held(len(tickets), sum(len(ticket["files"]) for ticket in tickets), people, threads)
    files = sum(len(each["files"]) for ticket in tickets for each in ticket["comments"] if each["public"])
    events = list(_events(sandbox))
    unsure = {
        event["ticket_id"]
        for event in events
        for child in event["child_events"]
        if child.get("type") in CHANGED_LATER or "<img" in (child.get("html_body") or "")
    }
    return Held(len(tickets), files, people, threads, len(events), len(unsure))


def _events(sandbox: Sandbox) -> Iterator[Any]:
    given = sandbox.credentials["api_token"]
    auth, start, seen = (f"{given['user']}/token", given["token"]), 0, set[int]()
    while True:
        params = {"start_time": str(start), "include": "comment_events"}
        url = f"{sandbox.url}/api/v2/incremental/ticket_events.json"
        page = requests.get(url, params=params, auth=auth, timeout=60).json()
        fresh = [event for event in page["ticket_events"] if event["id"] not in seen]
        seen.update(event["id"] for event in fresh)
        yield from fresh
        if page["end_of_stream"]:
            return
        start = page["end_time"]


def _pages(rows: int, size: int) -> int:
    return max(ceil(rows / size), 1)


# -- Zendesk -> ServiceNow


def _read_zendesk(there: Held) -> Iterator[Need]:
    yield Need("source", "GET /api/v2/incremental/tickets/cursor", _pages(there.tickets, EXPORT_PAGE), "1,000 a call")
    yield Need("source", "GET /api/v2/incremental/ticket_events", _pages(there.events, EXPORT_PAGE), "1,000 a call")
    yield Need(
        "source", "GET /api/v2/tickets/{number}/comments", there.unsure, "images, or changed later: not in the export"
    )
    yield Need("source", "GET file", 2 * there.files, "the address redirects to storage: two calls a file")
    for name in ("users/me", "groups", "ticket_fields", "custom_statuses"):
        yield Need("source", f"GET /api/v2/{name}", 1, "once")


def _write_servicenow(there: Held) -> Iterator[Need]:
    # Zendesk's first comment is the description. Each record gets a note of its origin as well, and the create carries
    # one comment and one note.
    items = sum(max(public - 1, internal + 1) for public, internal in there.threads)
    yield Need("target", "POST /api/now/v1/batch", _pages(items, ITEMS), f"{items:,} calls, {ITEMS} a batch")
    yield Need("target", "POST /api/now/attachment/file", there.files, "one file a call")
    for name in ("sys_user", "sys_user_group", "sys_dictionary", "sys_choice", "cmdb_ci_service"):
        yield Need("target", f"GET /api/now/table/{name}", 1, "once: up to 10,000 rows a call")


def _verify_servicenow(there: Held) -> Iterator[Need]:
    entries = sum(public + internal + 1 for public, internal in there.threads)
    rows = {"incident": there.tickets, "sys_journal_field": entries, "sys_attachment": there.files}
    for name, count in rows.items():
        yield Need("target", f"GET /api/now/table/{name}", _pages(count, TABLE_PAGE), "10,000 rows a call")
    yield Need("target", "GET file", there.files, "one file a call")
    yield Need("source", "GET /api/v2/tickets", _pages(there.tickets, LIST_PAGE), "the census: 100 a call")


# -- ServiceNow -> Zendesk


def _read_servicenow(there: Held) -> Iterator[Need]:
    entries = sum(public + internal for public, internal in there.threads)
    rows = {"incident": there.tickets, "sys_journal_field": entries, "sys_attachment": there.files, "sys_audit": 1}
    for name, count in rows.items():
        yield Need("source", f"GET /api/now/table/{name}", _pages(count, TABLE_PAGE), "10,000 rows a call")
    yield Need("source", "GET /api/now/table/sys_user", 1, "once: up to 10,000 rows a call")
    yield Need("source", "GET file", there.files, "one file a call")


def _write_zendesk(there: Held) -> Iterator[Need]:
    jobs = _pages(there.tickets, JOB)
    yield Need("target", "POST /api/v2/imports/tickets/create_many", jobs, "100 tickets a job")
    yield Need("target", "GET /api/v2/job_statuses/{number}", jobs, "a job is asked for its results at least once")
    yield Need("target", "POST /api/v2/uploads", there.files, "one file a call")
    entries = sum(public + internal + 1 for public, internal in there.threads)
    yield Need(
        "target", "GET /api/v2/incremental/ticket_events", _pages(entries, EXPORT_PAGE), "ids of the comments written"
    )
    yield Need("target", "GET /api/v2/users/search", _pages(there.people, EXPORT_PAGE), "the user export: 1,000 a call")
    for name in ("users/me", "groups", "ticket_fields", "custom_statuses"):
        yield Need("target", f"GET /api/v2/{name}", 1, "once")


def _verify_zendesk(there: Held) -> Iterator[Need]:
    # Nobody edits meanwhile, so the exports tell all; an import makes one event for each comment and one for the ticket.
    events = sum(public + internal + 1 for public, internal in there.threads)
    yield Need("target", "GET /api/v2/tickets/show_many", _pages(there.tickets, LIST_PAGE), "100 a call")
    yield Need("target", "GET /api/v2/incremental/ticket_events", _pages(events, EXPORT_PAGE), "1,000 a call")
    yield Need("target", "GET file", 2 * there.files, "the address redirects to storage: two calls a file")
    yield Need("source", "GET /api/now/table/incident", _pages(there.tickets, TABLE_PAGE), "the census: 10,000 rows a call")


NEEDS = {
    "zendesk": ((_read_zendesk, _write_servicenow), (_verify_servicenow,)),
    "servicenow": ((_read_servicenow, _write_zendesk), (_verify_zendesk,)),
}
"""Vendor of the source -> what moving needs, and what verifying needs."""


def needs(source: str, there: Held) -> tuple[list[Need], list[Need]]:
    """Give what moving and what verifying all that a source holds needs at least."""
    moving, verifying = NEEDS[source]
    return [need for each in moving for need in each(there)], [need for each in verifying for need in each(there)]
