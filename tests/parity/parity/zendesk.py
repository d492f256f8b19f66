"""Recordings of Zendesk: kinds, places, and a state that fits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .account import Account
from .compare import Rules
from .exchanges import Exchange

FORMAT = re.compile(r"\.json[^/]*$")
NUMBER = re.compile(r"/(\d+|V3-\w+|[0-9A-Z]{26})(?=/|$)")
AFTER_A_JOB = 120
"""Seconds of the clock after which a job has completed, and an export shows what was stored before."""
WRITABLE = frozenset(
    [
        *("id", "external_id", "via", "created_at", "updated_at", "type", "subject", "description", "priority", "status"),
        *("requester_id", "submitter_id", "assignee_id", "organization_id", "group_id", "email_cc_ids", "follower_ids"),
        *("problem_id", "due_at", "tags", "custom_fields", "comments"),
    ]
)
"""What a ticket is loaded with; all else that a recording shows has to come from the sandbox itself."""


class Zendesk(Account):
    """A Zendesk sandbox."""

    vendor = "zendesk"
    named = frozenset({"id", "token", "after_cursor"})
    rules = Rules(
        kinds={
            "ticket": "ticket",
            "tickets": "ticket",
            "user": "user",
            "users": "user",
            "group": "group",
            "groups": "group",
            "organization": "organization",
            "organizations": "organization",
            "comments": "comment",
            "audit": "audit",
            "audits": "audit",
            "events": "event",
            "attachment": "attachment",
            "attachments": "attachment",
            "thumbnails": "thumbnail",
            "ticket_field": "ticket_field",
            "ticket_fields": "ticket_field",
            "ticket_form": "ticket_form",
            "ticket_forms": "ticket_form",
            "group_memberships": "group_membership",
            "custom_status": "custom_status",
            "brand": "brand",
            "job_status": "job_status",
            "results": "result",
            "job_status.results": "job_result",
            "via": "via",
            "meta": "meta",
            "links": "links",
        },
        mixed=frozenset({"result", "event", "job_result"}),
        shared=frozenset({"next_page", "previous_page"}),
        documented={
            "organization.domain_names[]": "string",
            "ticket.custom_fields[].value": "boolean",
            "ticket.fields[].value": "boolean",
            "ticket_field.regexp_for_validation": "string",
            "user.phone": "string",
        },
        open=frozenset({"user.user_fields", "organization.organization_fields"}),
    )

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Give endpoint and way of paging."""
        template = NUMBER.sub("/{id}", FORMAT.sub("", exchange.path))
        cursor = any(key.startswith("page[") for key, _ in exchange.query)
        return f"{exchange.method} {template}{' by cursor' if cursor else ''}{_outcome(exchange)}"

    def refers(self, key: str) -> bool:
        """Tell whether a member holds ids or tokens."""
        return key in {"id", "ids", "uploads", "token", "page[after]"} or key.endswith(("_id", "_ids"))

    @property
    def login(self) -> tuple[str, str]:
        """The administrator, by API token."""
        token = self.running.credentials["api_token"]
        return f"{token['user']}/token", token["token"]

    def anonymous(self, exchange: Exchange) -> bool:
        """Tell by the reply: it is about the anonymous user."""
        match exchange.reply:
            case {"user": {"name": "Anonymous user"}}:
                return True
        return False

    def payload(self, exchange: Exchange) -> dict[str, Any]:
        """Give the body: bytes of the recorded size for a file, a list made as long as it was."""
        match exchange.reply:
            case {"upload": {"attachment": {"size": int(size)}}}:
                return {"data": b"-" * size, "headers": {"Content-Type": "application/binary"}}
            case {"max_count": int(most)}:
                return {"json": {key: items * (most // len(items) + 1) for key, items in exchange.body.items()}}
        return super().payload(exchange)

    def fit(self, exchange: Exchange) -> None:
        """Load the tickets that a reply shows, find objects for the other ids, let a job complete."""
        if exchange.status is not None and exchange.status >= 400:
            return
        match exchange.reply:
            case {"job_status": {"status": "completed"}}:
                self.ask("POST", "/_sandbox/clock", json={"advance": AFTER_A_JOB})
            case {"organizations": list(rows)}:
                self._organizations(row for row in rows if str(row["id"]) not in self.names)
        self._tickets(exchange)
        kind, number = self._target(exchange)
        if number and number not in self.names:
            self._stand_in(exchange, kind, number)

    def _organizations(self, rows: Iterable[dict[str, Any]]) -> None:
        """Create organizations, and let the exports' lag pass."""
        for row in rows:
            given = {key: row.get(key) for key in ("name", "external_id", "details", "notes", "tags")}
            made = self.ask("POST", "/api/v2/organizations", json={"organization": given})
            if made is not None:
                self.names[str(row["id"])] = made["organization"]["id"]
        self.ask("POST", "/_sandbox/clock", json={"advance": AFTER_A_JOB})

    def _target(self, exchange: Exchange) -> tuple[str, str]:
        found = re.match(r"/api/v2/(\w+)/(\d+)", exchange.path)
        return (found[1], found[2]) if found else ("", "")

    def _tickets(self, exchange: Exchange) -> None:
        """Load the tickets of a reply to a reading request and of a bulk update, but for those that the recording made.

        Recorded lists are cut, so the ids of some that it made are unknown.
        """
        if exchange.method == "POST" or not isinstance(exchange.reply, dict):
            return
        reply, asked = exchange.reply, exchange.body if isinstance(exchange.body, dict) else {}
        listed = [*reply.get("tickets", ()), *reply.get("results", ())]
        records = [row for row in listed if row.get("result_type", "ticket") == "ticket"]
        records += [reply["ticket"]] if "ticket" in reply else []
        records += [{"id": audit["ticket_id"]} for audit in reply.get("audits", ()) if "ticket_id" in audit]
        records += [{"id": row["id"]} for row in asked.get("tickets", ())]
        kind, number = self._target(exchange)
        if kind == "tickets" and "comments" in reply:
            records.append({"id": int(number), "comments": reply["comments"]})
        made = [record for record in records if str(record["id"]) not in self.names]
        self.load(*({key: value for key, value in record.items() if key in WRITABLE} for record in made))
        self.names.update({str(record["id"]): record["id"] for record in made})

    def _stand_in(self, exchange: Exchange, kind: str, number: str) -> None:
        """Let an object of the sandbox stand for a recorded one of its kind, of the same type or role."""
        listed = self.ask("GET", f"/api/v2/{kind}") or {}
        single = exchange.reply.get(kind.removesuffix("s"), {}) if isinstance(exchange.reply, dict) else {}
        rows = listed.get(kind, [])
        alike = [row for row in rows if all(row.get(key) == single.get(key) for key in ("type", "role"))]
        if alike or rows:
            self.names[number] = (alike or rows)[0]["id"]


def _outcome(exchange: Exchange) -> str:
    """Give what sets a refusal apart from other replies of the endpoint."""
    refused = isinstance(exchange.reply, dict) and "error" in exchange.reply
    return " refused" if refused else ""
