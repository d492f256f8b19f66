"""Tickets that real instances once returned: translated, loaded into a sandbox, migrated to every other tool, judged.

What is recorded is in ``recorded``, beside this file.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from isthmus.cli import entrance
from isthmus.testing.floor import Floor
from isthmus.testing.matrix import move

SAMPLES = os.environ.get("ISTHMUS_SAMPLES")

pytestmark = pytest.mark.skipif(
    SAMPLES is None, reason="left out: recorded tickets; ISTHMUS_SAMPLES names the folder that holds them"
)

LEAST = {"servicenow": 16, "zendesk": 136, "jira": 59, "freshservice": 69, "bmc_helix": 7, "manageengine": 13}
"""Vendor -> how many recorded tickets there are at least."""
WEBHOOKS = {"jira": 29, "freshservice": 4}
"""Vendor -> how many recorded webhook bodies there are at least."""
VENDORS = sorted(LEAST)
EVERY_VENDOR = pytest.mark.parametrize("vendor", VENDORS)
PAIRS = sorted(permutations(VENDORS, 2))
RING = set(zip(VENDORS, [*VENDORS[1:], VENDORS[0]], strict=True))
"""Pairs in which every vendor is a source once and a target once."""


@EVERY_VENDOR
def test_there_are_as_many_as_were_recorded(recorded: ModuleType, vendor: str) -> None:
    assert len(recorded.tickets(vendor)) >= LEAST[vendor]
    assert len(recorded.webhooks(vendor)) >= WEBHOOKS.get(vendor, 0)


# -- translate


def translate(lines: Iterable[Any], path: Path, *options: str) -> list[dict[str, Any]]:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = CliRunner().invoke(entrance, ["translate", *options, str(path)])
    assert result.exit_code == 0, result.output[-2000:]
    return [json.loads(line) for line in result.stdout.splitlines()]


def batched(ticket: dict[str, Any]) -> dict[str, Any]:
    body = base64.b64encode(json.dumps({"result": [ticket]}).encode()).decode()
    return {"batch_request_id": "1", "serviced_requests": [{"id": "1", "status_code": 200, "body": body}]}


def bmc_page(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "entries": [entry],
        "_links": {"self": [{"href": "https://bmc.example/api/arsys/v1/entry/HPD:IncidentInterface"}]},
    }


ENVELOPES: dict[str, tuple[Callable[[dict[str, Any]], Any], ...]] = {
    "servicenow": (lambda ticket: {"result": ticket}, lambda ticket: {"result": [ticket]}, batched),
    "zendesk": (
        lambda ticket: {"ticket": ticket},
        lambda ticket: {"tickets": [ticket], "users": [{"id": 1, "name": "Ann"}], "meta": {"has_more": False}},
        lambda ticket: {"results": [{**ticket, "result_type": "ticket"}], "facets": None, "count": 1},
    ),
    "jira": (
        lambda issue: {"issues": [issue], "isLast": True},
        lambda issue: {"startAt": 0, "maxResults": 50, "total": 1, "issues": [issue]},
        lambda issue: {"issues": [issue], "issueErrors": []},
    ),
    "freshservice": (lambda ticket: {"ticket": ticket}, lambda ticket: {"tickets": [ticket], "total": 1}),
    "bmc_helix": (bmc_page, lambda entry: [entry]),
    "manageengine": (
        lambda row: {"request": row, "response_status": {"status_code": 2000, "status": "success"}},
        lambda row: {"requests": [row], "response_status": [{"status_code": 2000}], "list_info": {"row_count": 1}},
    ),
}
"""Vendor -> the envelopes in which its API gives a ticket: alone, in a page, in search results, in bulk."""


@EVERY_VENDOR
def test_every_recorded_ticket_is_translated_bare_or_in_an_envelope(
    recorded: ModuleType, vendor: str, tmp_path: Path
) -> None:
    tickets = recorded.tickets(vendor)
    bare = translate(tickets, tmp_path / "bare.jsonl", "--from", vendor)
    assert len(bare) == len(tickets)
    for incident in bare:
        assert {"id", "title", "status", "connection"} <= incident.keys()
        assert incident["id"]
    for wrap in ENVELOPES[vendor]:
        assert translate(map(wrap, tickets), tmp_path / "wrapped.jsonl", "--from", vendor) == bare


@EVERY_VENDOR
def test_every_recorded_ticket_has_a_create_body_at_every_other_tool(
    recorded: ModuleType, vendor: str, tmp_path: Path
) -> None:
    path = tmp_path / "tickets.jsonl"
    titles = [incident["title"] for incident in translate(recorded.tickets(vendor), path, "--from", vendor)]
    for other in sorted({*VENDORS} - {vendor}):
        bodies = translate(recorded.tickets(vendor), path, "--from", vendor, "--to", other)
        assert len(bodies) == len(titles)
        for title, body in zip(titles, bodies, strict=True):
            assert title is None or json.dumps(title.strip()[:90])[1:-1] in json.dumps(body)


# -- webhooks


def zendesk_event(ticket: dict[str, Any]) -> dict[str, Any]:
    """The body of an event: every id a text, enumerations in upper case."""

    def told(name: str, value: Any) -> Any:
        if isinstance(value, str) and name in ("status", "priority", "type"):
            return value.upper()
        return str(value) if type(value) is int and (name == "id" or name.endswith("_id")) else value

    return {
        "type": "zen:event-type:ticket.status_changed",
        "subject": f"zen:ticket:{ticket['id']}",
        "zendesk_event_version": "2022-11-06",
        "detail": {name: told(name, value) for name, value in ticket.items()},
        "event": {"current": "SOLVED", "previous": "OPEN"},
    }


SENT: dict[str, Callable[[dict[str, Any]], Any]] = {
    "servicenow": lambda ticket: {"event": "updated", "table": "incident", "previous": {"state": "1"}, "current": ticket},
    "zendesk": zendesk_event,
    "jira": lambda issue: {
        "timestamp": 1777383326678,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "user": {"accountId": "712020:1", "displayName": "Ann", "active": True},
        "issue": issue,
        "changelog": {"id": "1", "items": [{"field": "status", "fieldId": "status", "from": "1", "to": "3"}]},
    },
    "freshservice": lambda ticket: {"event_type": "ticket_updated", "ticket": ticket},
    "bmc_helix": lambda entry: {"eventType": "incident.updated", "form": "HPD:Help Desk", "entry": entry},
    "manageengine": lambda row: {"event": "edit", "input_data": json.dumps({"request": row})},
}
"""Vendor -> the body that its webhook, or a rule made by hand where it has no body of its own, sends about a ticket."""


@EVERY_VENDOR
def test_what_a_webhook_sends_about_a_ticket_is_translated(recorded: ModuleType, vendor: str, tmp_path: Path) -> None:
    tickets = recorded.tickets(vendor)
    bare = translate(tickets, tmp_path / "bare.jsonl", "--from", vendor)
    sent = translate(map(SENT[vendor], tickets), tmp_path / "sent.jsonl", "--from", vendor)
    assert [(each["id"], each["title"], each["status"]) for each in sent] == [
        (each["id"], each["title"], each["status"]) for each in bare
    ]


def test_the_bodies_that_jira_sent_are_translated(recorded: ModuleType, tmp_path: Path) -> None:
    for body in recorded.webhooks("jira"):
        found = translate([body], tmp_path / "body.json", "--from", "jira")
        issue = body.get("issue")
        assert [each["id"] for each in found] == ([str(issue["id"])] if issue else [])
        assert [each["title"] for each in found] == ([issue["fields"]["summary"]] if issue else [])


def test_the_bodies_that_freshservice_sent_are_translated(recorded: ModuleType, tmp_path: Path) -> None:
    for body in recorded.webhooks("freshservice"):
        (incident,) = translate([body], tmp_path / "body.json", "--from", "freshservice")
        ticket = body.get("ticket", {})
        assert incident["id"] == str(ticket.get("id", body.get("ticket_id")))
        assert incident["title"] == ticket.get("subject")
    placeholders = {
        "ticket_id": "INC-372",
        "ticket_subject": "VPN%20down",
        "ticket_status": "Open",
        "ticket_priority": "Low",
    }
    (incident,) = translate([{"freshdesk_webhook": placeholders}], tmp_path / "body.json", "--from", "freshservice")
    assert (incident["id"], incident["key"], incident["title"]) == ("372", "INC-372", "VPN down")
    assert (incident["status"], incident["priority"]) == ("new", 4)


# -- migrations


@pytest.mark.parametrize(
    ("vendor", "other"),
    [pytest.param(*pair, marks=() if pair in RING else pytest.mark.acceptance, id="-to-".join(pair)) for pair in PAIRS],
)
def test_recorded_tickets_migrate_to_another_tool_and_verify(
    recorded: ModuleType, vendor: str, other: str, tmp_path: Path
) -> None:
    path = recorded.load_file(vendor, tmp_path / "recorded.jsonl")
    floor = Floor(tmp_path)
    with floor.tool("old", vendor, load=path) as bench, floor.tool("new", other):
        there = bench.tickets()
        cell = move(floor, "old", "new", (vendor, other))
        assert cell.verdict.wrong == []
        assert cell.notes == []
        assert cell.certified
        made = [ticket for ticket in floor.snapshot("new")["tickets"] if not ticket["deleted"]]
        assert len(made) == cell.verdict.tickets
        assert 0 < cell.verdict.tickets <= len(there)
