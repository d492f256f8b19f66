"""Recordings of Freshservice: the vendor's printed samples, recorded lists and a client's mocks; a state that fits.

The printed samples are lists of ``{"title", "method", "url", "request", "response"}``; a form is a list of its fields, and
a reply without a body is the line that prints its status. Of the mocks and of the long list only the reply was kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .account import Account
from .compare import Rules
from .exchanges import Exchange, read_folder

NUMBER = re.compile(r"/\d+(?=/|$)")
API = "/api/v2"
ASKED: dict[str, tuple[str, str, dict[str, str]]] = {
    "recorded_ticket_list/tickets_include_stats.json": (
        "GET",
        "/tickets",
        {"include": "stats", "updated_since": "2020-01-01T00:00:00Z", "per_page": "100"},
    ),
    "mocks_rapid7/list_tickets.json": ("GET", "/tickets", {"updated_since": "2020-01-01T00:00:00Z"}),
    "mocks_rapid7/list_tickets_empty.json": ("GET", "/tickets", {}),
    "mocks_rapid7/list_all_agents2.json": ("GET", "/agents", {}),
}
"""What was asked, where a file holds one reply."""
LOADED = frozenset(
    [
        *("id", "subject", "description", "status", "priority", "source", "requester_id", "created_at", "updated_at"),
        *("due_by", "fr_due_by", "workspace_id", "type", "urgency", "impact", "responder_id", "group_id", "department_id"),
        *("category", "sub_category", "item_category", "resolution_notes", "custom_fields", "tags", "cc_emails"),
        *("attachments", "stats", "requested_for_id"),
    ]
)
"""What a ticket is loaded with; all else that a recording shows has to come from the sandbox itself."""
STAND_INS = {
    "agent_id": "agents", "escalate_to": "agents", "members": "agents", "observers": "agents", "approver_id": "agents",
    "role_id": "roles", "department_ids": "departments",
}  # fmt: skip
"""The list from which an object of the sandbox stands for a recorded one, by the member that names it."""

NULLABLE = (
    "work_phone_number", "mobile_phone_number", "job_title", "address", "background_information", "location_id",
    "reporting_manager_id",
)  # fmt: skip
"""Attributes of people that nobody has to fill in."""
NULLABLE_IN_LINKS = ("due_by", "owner_id", "department_id", "planned_start_date", "planned_end_date")
LINKS = (("problem", "problems"), ("change_initiating_ticket", "changes"), ("change_initiated_by_ticket", "changes"))


class Freshservice(Account):
    """A Freshservice sandbox."""

    vendor = "freshservice"
    named = frozenset({"id"})
    rules = Rules(
        kinds={
            "ticket": "ticket",
            "tickets": "ticket",
            "conversations": "conversation",
            "attachments": "attachment",
            "requester": "requester",
            "requesters": "requester",
            "agent": "agent",
            "agents": "agent",
            "group": "group",
            "groups": "group",
            "role": "role",
            "roles": "role",
            "ticket_fields": "field",
            "choices": "choice",
            "nested_options": "choice",
            "nested_fields": "nested_field",
            "task": "task",
            "time_entry": "time_entry",
            "time_entries": "time_entry",
            "approval": "approval",
            "approvals": "approval",
            "stats": "stats",
        },
        open=frozenset(
            ["ticket.custom_fields", "requester.custom_fields", "agent.custom_fields", "time_entry.custom_fields"]
        ),
        documented={
            "ticket.custom_fields.*": "null",
            "group.escalate_to": "null",
            "approval.approval_group": "null",
            "approval.delegatee": "null",
            "time_entry.note": "null",
            **dict.fromkeys((f"{kind}.{key}" for kind in ("requester", "agent") for key in NULLABLE), "null"),
            **dict.fromkeys((f"ticket.{link}.{key}" for link, _ in LINKS for key in NULLABLE_IN_LINKS), "null"),
        },
    )

    @classmethod
    def recordings(cls, folder: Path) -> list[list[Exchange]]:
        """Give the exchanges of recordings, of printed samples, and of files with one reply."""
        files = read_folder(folder, cls.vendor)
        for path in sorted((folder / cls.vendor).rglob("*.json")):
            name = path.relative_to(folder / cls.vendor).as_posix()
            document = json.loads(path.read_text("utf-8"))
            if name in ASKED:
                method, target, params = ASKED[name]
                pairs = tuple(params.items())
                files.append([Exchange(cls.vendor, name, 1, method, API + target, pairs, None, 200, None, document)])
            elif isinstance(document, list):
                printed = [item for item in document if "url" in item]
                files += [[one] for one in _printed(cls.vendor, name, printed)]
        return files

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Give the endpoint."""
        return f"{exchange.method} {NUMBER.sub('/{id}', exchange.path)}"

    def refers(self, key: str) -> bool:
        """Tell whether a member holds ids."""
        return key in STAND_INS

    def translated(self, value: Any, key: str = "") -> Any:
        """Give a part of a request with the sandbox's ids: those of one kind are apart from those of another."""
        if self.refers(key) and isinstance(value, int):
            return self.names.get(f"{STAND_INS[key]}:{value}", value)
        return super().translated(value, key)

    def path(self, exchange: Exchange) -> str:
        """Give the path of a request with the sandbox's ids."""
        kind, number, inner, inner_number = self._target(exchange.path)
        steps = [
            kind,
            self.names.get(f"{kind}:{number}", number),
            inner,
            self.names.get(f"{inner}:{inner_number}", inner_number),
        ]
        return f"{API}/{'/'.join(str(step) for step in steps if step)}"

    @property
    def login(self) -> tuple[str, str]:
        """The administrator, by API key."""
        return self.running.credentials["api_key"]["key"], "X"

    def payload(self, exchange: Exchange) -> dict[str, Any]:
        """Give the body; printed forms lack the bytes of their files, and one printed body is no JSON."""
        match exchange.body:
            case {"form": list(fields)}:
                pairs = [field.split("=", 1) for field in fields]
                files = [(name, (value[1:], b"-", "image/png")) for name, value in pairs if value.startswith("@")]
                return {"data": {name: value for name, value in pairs if not value.startswith("@")}, "files": files}
            case None if exchange.method == "POST":
                return {"json": self._guessed(exchange)}
        return super().payload(exchange)

    def _guessed(self, exchange: Exchange) -> dict[str, Any]:
        """Give a body that leads to the reply of a creation whose request was not printed."""
        ((kind, shown),) = exchange.reply.items()
        keys = {"conversation": ("body",), "requester": ("first_name", "last_name", "primary_email", "department_ids")}
        guessed = {key: shown[key] for key in keys[kind]}
        self._bodies(guessed)
        return self.translated(guessed)

    # -- a state that fits

    def fit(self, exchange: Exchange) -> None:
        """Load the tickets that a reply shows, and find or make what the path and the body name.

        The clock goes back to the time of a recorded list, which has the tickets of 30 days.
        """
        self._people()
        reply = exchange.reply if isinstance(exchange.reply, dict) else {}
        rows = [*reply.get("tickets", ()), *([reply["ticket"]] if "ticket" in reply else ())]
        kind, number, inner, inner_number = self._target(exchange.path)
        if kind == "tickets" and number and exchange.method != "POST" and rows:
            rows = [{**rows[0], "id": int(number), "type": self._type_before(exchange, rows[0])}]
        elif kind == "tickets" and number:
            rows = [{"id": int(number), "custom_fields": {}}]
        if exchange.method != "POST" or number:
            self.load(*({key: value for key, value in row.items() if key in LOADED} for row in rows))
        if len(reply.get("tickets", ())) > 0:
            self.ask("POST", "/_sandbox/clock", json={"set": max(row["updated_at"] for row in rows)})
        if kind in {"agents", "requesters", "roles"} and number:
            self._stand_in(kind, number)
        self._linked(exchange.body)
        self._attached(reply, kind, number, inner, inner_number)
        self._bodies(exchange.body)

    def _people(self) -> None:
        """Fill the account with the people of a seed."""
        if self.running.vendor.population is None:
            with self.running.vendor.lock:
                self.running.vendor.seed(0, 1)

    def _target(self, path: str) -> tuple[str, str, str, str]:
        parts = [*path.removeprefix(f"{API}/").split("/"), "", "", ""]
        return (parts[0], parts[1], parts[2], parts[3])

    def _type_before(self, exchange: Exchange, row: dict[str, Any]) -> str:
        return "Incident" if exchange.path.endswith("/promote") else row.get("type", "Incident")

    def _stand_in(self, kind: str, number: str) -> None:
        """Let the last of a list stand for a recorded object: never the one that the account signs in as."""
        if f"{kind}:{number}" not in self.names:
            self.names[f"{kind}:{number}"] = self.ask("GET", f"{API}/{kind}", params={"per_page": 100})[kind][-1]["id"]

    def _linked(self, body: Any) -> None:
        """Make the problems and changes that a request names, up to their numbers."""
        asked = body if isinstance(body, dict) else {}
        for key, kind in LINKS:
            while key in asked and self.ask("GET", f"{API}/{kind}/{asked[key]['display_id']}") is None:
                made = {"subject": "x", "description": "x", "email": "isthmus@example.com"}
                self.ask("POST", f"{API}/{kind}", json=made)

    def _attached(self, reply: dict[str, Any], kind: str, number: str, inner: str, inner_number: str) -> None:
        """Make what hangs on a ticket: files, notes, time entries, tasks, approvals."""
        agent = self.ask("GET", f"{API}/agents/me")["agent"]["id"]
        making = {
            "conversations": ("notes", {"body": "x", "private": False}, "conversation"),
            "tasks": ("tasks", {"title": "x"}, "task"),
            "approvals": ("approvals", {"approver_id": agent, "approval_type": 1}, "approvals"),
            "time_entries": ("time_entries", {"time_entry": {"agent_id": agent, "time_spent": "01:00"}}, "time_entry"),
        }
        if kind == "attachments":
            self.load({"id": 1, "attachments": [{"id": int(number), "name": "x", "size": 1}]})
        elif kind == "conversations":
            self.load({"id": 1})
            made = self.ask("POST", f"{API}/tickets/1/notes", json=making[kind][1])["conversation"]["id"]
            self.names[f"conversations:{number}"] = made
            path = f"{API}/conversations/{made}"
            self.ask("PUT", path, files=[("attachments[]", ("x.txt", b"x", "application/octet-stream"))])
        elif inner_number or (inner in reply and inner in making):
            path, body, key = making[inner]
            made = self.ask("POST", f"{API}/tickets/{number}/{path}", json=body)[key]
            if inner_number:
                self.names[f"{inner}:{inner_number}"] = (made[-1] if isinstance(made, list) else made)["id"]

    def _bodies(self, body: Any) -> None:
        """Find a stand-in for each id that a request names."""
        for key, value in _members(body):
            for number in value if isinstance(value, list) else [value]:
                if key in STAND_INS and isinstance(number, int):
                    self._stand_in(STAND_INS[key], str(number))


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Give all members of a request's objects, at any depth."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield key, member
            yield from _members(member)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)


def _printed(vendor: str, file: str, samples: list[dict[str, Any]]) -> Iterator[Exchange]:
    """Give the exchanges of printed samples."""
    for number, sample in enumerate(samples, 1):
        path = urlsplit(sample["url"]).path
        body = {"form": sample["multipart_fields"]} if "multipart_fields" in sample else sample.get("request")
        line = re.search(r"\b[245]\d\d\b", sample.get("response_prefix", ""))
        status = int(line[0]) if line else None
        yield Exchange(vendor, file, number, sample["method"], path, (), body, status, None, sample.get("response"))
