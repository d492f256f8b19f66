"""Tickets that real instances once returned: translated, loaded into a sandbox, migrated to the other tool, verified.

Where ``ISTHMUS_SAMPLES`` names a folder of recorded replies, one folder for each vendor in it, every ticket-like object in
them counts, at any depth.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from isthmus.cli import entrance

SAMPLES = os.environ.get("ISTHMUS_SAMPLES")

pytestmark = pytest.mark.skipif(
    SAMPLES is None, reason="left out: recorded tickets; ISTHMUS_SAMPLES names the folder that holds them"
)


def is_ticket(vendor: str, node: dict[str, Any]) -> bool:
    if vendor == "zendesk":
        return {"requester_id", "subject", "id"} <= node.keys() and isinstance(node.get("status"), str)
    number = node.get("number")
    if isinstance(number, dict):
        number = number.get("value") or number.get("display_value")
    return "sys_id" in node and isinstance(number, str) and number.startswith("INC")


def tickets_in(vendor: str, node: Any) -> Iterator[dict[str, Any]]:
    """Give every ticket in a JSON value; JSON inside a text is opened, too."""
    if isinstance(node, str) and node[:1] in ("{", "["):
        try:
            yield from tickets_in(vendor, json.loads(node))
        except ValueError:
            return
    elif isinstance(node, list):
        for child in node:
            yield from tickets_in(vendor, child)
    elif isinstance(node, dict):
        if is_ticket(vendor, node):
            yield node
            return
        for child in node.values():
            yield from tickets_in(vendor, child)


def recorded(vendor: str) -> list[dict[str, Any]]:
    assert SAMPLES is not None
    found: list[dict[str, Any]] = []
    for path in sorted((Path(SAMPLES) / vendor).rglob("*.json")):
        found += tickets_in(vendor, json.loads(path.read_text("utf-8")))
    return found


ENVELOPES = {
    "zendesk": (
        lambda ticket: {"ticket": ticket},
        lambda ticket: {"tickets": [ticket]},
        lambda ticket: {"results": [ticket]},
    ),
    "servicenow": (lambda ticket: {"result": ticket}, lambda ticket: {"result": [ticket]}),
}


@pytest.mark.parametrize("vendor", ["servicenow", "zendesk"])
def test_every_recorded_ticket_is_translated_bare_or_in_an_envelope(vendor, tmp_path):
    tickets = recorded(vendor)
    assert len(tickets) >= 10
    path = tmp_path / "tickets.jsonl"
    for wrap in (lambda ticket: ticket, *ENVELOPES[vendor]):
        path.write_text("".join(json.dumps(wrap(ticket)) + "\n" for ticket in tickets))
        result = CliRunner().invoke(entrance, ["translate", "--from", vendor, str(path)])
        assert result.exit_code == 0, result.output[-2000:]
        incidents = [json.loads(line) for line in result.stdout.splitlines()]
        assert len(incidents) == len(tickets)
        for incident in incidents:
            assert {"id", "title", "status", "connection"} <= incident.keys()


@pytest.mark.parametrize(("vendor", "other"), [("servicenow", "zendesk"), ("zendesk", "servicenow")])
def test_recorded_tickets_migrate_to_the_other_tool_and_verify(bench, tmp_path, vendor, other):
    path = tmp_path / "recorded.jsonl"
    path.write_text("".join(json.dumps({"file": "f", "where": "$", "record": each}) + "\n" for each in recorded(vendor)))
    bench.open("old", vendor, load=path)
    bench.open("new", other)
    there = len([ticket for ticket in bench.snapshot("old")["tickets"] if not ticket["deleted"]])
    forecast, result, certificate = bench.migrate("old", "new")
    assert forecast.incidents == there
    assert result.tally.balanced
    assert certificate.report()["differences"] == []
    assert certificate.clean, certificate.report()
    assert len(bench.snapshot("new")["tickets"]) == there
