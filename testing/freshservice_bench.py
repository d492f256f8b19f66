"""The bench of the Freshservice connector: an agent who works in the sandbox through API v2 under his own key."""

from __future__ import annotations

import html
from typing import Any, ClassVar, Literal

from ..core.connector import Json
from ..core.mapping.spec import Overlay, WhenRule
from ..core.model import Person
from ..core.net.auth import ApiKeyAuth, AuthSettings, OAuth
from ..sandbox import Running
from .sandbox_bench import Recorder, SandboxBench

TICKETS = "/api/v2/tickets"
CLOSED = 5
DEMANDED = ("category", "resolution_code")
"""Fields that a strict account requires for closure."""
Kind = Literal["api_key", "refresh_token"]


class FreshserviceBench(SandboxBench):
    """A Freshservice sandbox: Robin asks, Alex helps, the integration's account is an admin."""

    working: ClassVar[Json] = {"marker_field": "external_ref"}
    crowd = 25
    agent = Person(name="Alex Agent", email="alex.agent@example.com")
    requester = Person(name="Robin Requester", email="robin.requester@example.com")
    group = "Support"
    unknown_id = "987654321"
    unknown_person = "98765432109876"
    tells_before = False

    def __init__(self, running: Running, *, kind: Kind = "api_key", recorder: Recorder | None = None) -> None:
        """Empty the sandbox."""
        super().__init__(running, recorder=recorder)
        self._kind: Kind = kind
        given = self.credentials
        self._key: str = next(each["key"] for each in given["people"] if each["user"] == self.agent.email)
        self.secrets = (given["api_key"]["key"], given["oauth"]["client_secret"], given["oauth"]["refresh_token"])

    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give credentials of the kind that is tried."""
        given = self.credentials
        if self._kind == "api_key":
            return ApiKeyAuth(key=self._reference(given["api_key"]["key"], wrong=wrong))
        oauth = given["oauth"]
        return OAuth(
            grant="refresh_token",
            client_id=oauth["client_id"],
            client_secret=self._reference(oauth["client_secret"], wrong=wrong),
            refresh_token=self.secret(oauth["refresh_token"]),
        )

    def settings(self, *, wrong: bool) -> Json:
        """Give the settings; OAuth asks the organisation's host, which is the sandbox's own."""
        organisation = {} if self._kind == "api_key" else {"org_url": self.running.base_url}
        return {**super().settings(wrong=wrong), **organisation}

    def demands(self) -> Overlay:
        """Fill the fields that a strict account requires for closure, each with its first choice."""
        form = {row["name"]: row for row in self._as_agent("GET", "/api/v2/ticket_form_fields")["ticket_fields"]}
        filled = {
            name if form[name]["default_field"] else f"custom_fields[{name}]": form[name]["choices"][0]["value"]
            for name in DEMANDED
        }
        return Overlay(required=(WhenRule(when={"status": ("Resolved", "Closed")}, set=filled),))

    def _as_agent(self, method: str, path: str, body: Json | None = None) -> Any:
        return self.call(method, path, (self._key, "X"), body)

    def open(self, title: str) -> str:
        """Open a ticket for Robin."""
        body = {
            "email": self.requester.email,
            "subject": title,
            "description": f"Description of {html.escape(title)}",
            "status": 2,
            "priority": 1,
        }
        return str(self._as_agent("POST", TICKETS, body)["ticket"]["id"])

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Alex."""
        self._as_agent("PUT", f"{TICKETS}/{record_id}", {"subject": title})

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Write a note as Alex."""
        self._as_agent("POST", f"{TICKETS}/{record_id}/notes", {"body": html.escape(text), "private": not public})

    def remove(self, record_id: str) -> None:
        """Delete as Alex."""
        self._as_agent("DELETE", f"{TICKETS}/{record_id}")

    def close_ticket(self, record_id: str) -> None:
        """Close as Alex."""
        self._as_agent("PUT", f"{TICKETS}/{record_id}", {"status": CLOSED})
