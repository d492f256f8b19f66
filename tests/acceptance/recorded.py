"""Tickets that real instances once returned: every ticket-like object, at any depth, in the replies of a folder.

``ISTHMUS_SAMPLES`` names the folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = os.environ.get("ISTHMUS_SAMPLES")


def _number(node: dict[str, Any]) -> str:
    number = node.get("number")
    told = number.get("value") or number.get("display_value") if isinstance(number, dict) else number
    return told if isinstance(told, str) else ""


MARKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "servicenow": lambda node: "sys_id" in node and _number(node).startswith("INC"),
    "zendesk": lambda node: {"requester_id", "subject", "id"} <= node.keys() and isinstance(node.get("status"), str),
    "jira": lambda node: {"key", "id"} <= node.keys() and "summary" in (node.get("fields") or ()),
    "freshservice": lambda node: {"requester_id", "subject", "id"} <= node.keys() and isinstance(node.get("status"), int),
    "bmc_helix": lambda node: isinstance(node.get("values"), dict) and "Incident Number" in node["values"],
    "manageengine": lambda node: {"subject", "id"} <= node.keys() and isinstance(node.get("requester"), dict),
}
"""Vendor -> whether an object is a ticket of it."""


def walk(node: Any, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """Give every object of a kind in a JSON value; JSON inside a text is opened, too."""
    if isinstance(node, str) and node[:1] in ("{", "["):
        try:
            yield from walk(json.loads(node), wanted)
        except ValueError:
            return
    elif isinstance(node, list):
        for child in node:
            yield from walk(child, wanted)
    elif isinstance(node, dict):
        if wanted(node):
            yield node
            return
        for child in node.values():
            yield from walk(child, wanted)


@cache
def replies() -> dict[str, Any]:
    assert SAMPLES is not None
    return {str(path): json.loads(path.read_text("utf-8")) for path in sorted(Path(SAMPLES).rglob("*.json"))}


@cache
def tickets(vendor: str) -> tuple[dict[str, Any], ...]:
    return tuple(ticket for reply in replies().values() for ticket in walk(reply, MARKS[vendor]))


def webhooks(vendor: str) -> list[dict[str, Any]]:
    """Give the bodies that a vendor's webhooks were seen to send: a file each, or listed with their names."""
    folders = ("webhooks", "webhook_bodies")
    found = [body for path, body in replies().items() if vendor in path and Path(path).parent.name in folders]
    return [each for body in found for each in ([item["body"] for item in body] if isinstance(body, list) else [body])]


def load_file(vendor: str, path: Path) -> Path:
    """Write a vendor's tickets in the form that a sandbox loads, and give the path."""
    lines = (json.dumps({"file": "f", "where": "$", "record": each}) + "\n" for each in tickets(vendor))
    path.write_text("".join(lines))
    return path
