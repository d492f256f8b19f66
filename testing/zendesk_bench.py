"""The bench of the Zendesk connector: people who work in the sandbox through the Tickets and Requests API."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..core.connector import Json
from ..core.mapping.spec import Overlay, WhenRule
from ..core.model import Person
from ..core.net.auth import ApiTokenAuth, AuthSettings, OAuth
from ..sandbox import Running
from .bench import Seen
from .sandbox_bench import Recorder, SandboxBench

TICKETS = "/api/v2/tickets"
Kind = Literal["api_token", "client_credentials", "refresh_token"]
DEMANDED = ("Category", "Resolution code")
"""Custom fields that a strict account demands of a solved ticket."""


class ZendeskBench(SandboxBench):
    """A Zendesk sandbox: Robin asks, Alex helps, the integration's account is an admin."""

    working: ClassVar[Json] = {"solver": "alex.agent@example.com"}
    crowd = 25
    agent = Person(name="Alex Agent", email="alex.agent@example.com")
    requester = Person(name="Robin Requester", email="robin.requester@example.com")
    group = "Support"
    unknown_id = "987654321"
    unknown_person = "98765432109876"

    def __init__(self, running: Running, *, kind: Kind = "api_token", recorder: Recorder | None = None) -> None:
        """Empty the sandbox."""
        super().__init__(running, recorder=recorder)
        self._kind: Kind = kind
        given = self.credentials
        self._token: str = given["api_token"]["token"]
        self.secrets = (self._token, given["oauth"]["client_secret"], given["oauth"]["refresh_token"])

    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give credentials of the kind that is tried."""
        given = self.credentials
        if self._kind == "api_token":
            return ApiTokenAuth(user=given["api_token"]["user"], token=self._reference(self._token, wrong=wrong))
        oauth = given["oauth"]
        return OAuth(
            grant=self._kind,
            client_id=oauth["client_id"],
            client_secret=self._reference(oauth["client_secret"], wrong=wrong),
            refresh_token=self.secret(oauth["refresh_token"]),
        )

    def demands(self) -> Overlay:
        """Fill the custom fields that a strict account demands when a ticket is solved, each with its first option."""
        fields = self._as(self.agent, "GET", "/api/v2/ticket_fields")["ticket_fields"]
        filled = {
            f"custom_fields[{field['id']}]": field["custom_field_options"][0]["value"]
            for field in fields
            if field["title"] in DEMANDED
        }
        return Overlay(required=(WhenRule(when={"status": ("solved",)}, set=filled),))

    def _as(self, person: Person, method: str, path: str, body: Json | None = None) -> Any:
        return self.call(method, path, (f"{person.email}/token", self._token), body)

    def open(self, title: str) -> str:
        """Open a request as Robin."""
        body = {"request": {"subject": title, "comment": {"body": f"Description of {title}"}}}
        return str(self._as(self.requester, "POST", "/api/v2/requests", body)["request"]["id"])

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Alex."""
        self._as(self.agent, "PUT", f"{TICKETS}/{record_id}", {"ticket": {"subject": title}})

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Comment as Alex."""
        self._as(self.agent, "PUT", f"{TICKETS}/{record_id}", {"ticket": {"comment": {"body": text, "public": public}}})

    def remove(self, record_id: str) -> None:
        """Delete as Alex."""
        self._as(self.agent, "DELETE", f"{TICKETS}/{record_id}")

    def close_ticket(self, record_id: str) -> None:
        """Close as Alex."""
        self._as(self.agent, "PUT", f"{TICKETS}/{record_id}", {"ticket": {"status": "closed"}})

    def comments(self, record_id: str) -> list[Seen]:
        """The snapshot's comments; the first one is the description."""
        return super().comments(record_id)[1:]
