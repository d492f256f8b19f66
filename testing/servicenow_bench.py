"""The bench of the ServiceNow connector: people who work in the sandbox through the Table API under their own accounts."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..core.connector import Json
from ..core.mapping.spec import Overlay, WhenRule
from ..core.model import Person
from ..core.net.auth import ApiKeyAuth, AuthSettings, BasicAuth, OAuth
from ..sandbox import Running
from .sandbox_bench import Recorder, SandboxBench

INCIDENTS = "/api/now/table/incident"
USERS = "/api/now/table/sys_user"
Kind = Literal["basic", "api_key", "password", "client_credentials", "refresh_token"]


class ServiceNowBench(SandboxBench):
    """A ServiceNow sandbox: Eva opens, Fiona fulfils, Otto administers."""

    options: ClassVar[Json] = {"page": 20}
    crowd = 25
    agent = Person(name="Fiona Fulfiller", email="fiona.fulfiller@example.com")
    requester = Person(name="Eva Employee", email="eva.employee@example.com")
    group = "Network"
    unknown_id = "f" * 32
    unknown_person = "e" * 32
    ambiguous_email = "shared@example.com"

    def __init__(self, running: Running, *, kind: Kind = "basic", recorder: Recorder | None = None) -> None:
        """Empty the sandbox, and hire two people with one address."""
        super().__init__(running, recorder=recorder)
        self._kind: Kind = kind
        credentials = self.credentials
        self._accounts = {each["user"]: (each["user"], each["password"]) for each in credentials["people"]}
        self.secrets = (
            credentials["basic"]["password"],
            credentials["oauth"]["client_secret"],
            credentials["oauth"]["refresh_token"],
            credentials["api_key"]["key"],
        )
        for name in ("One", "Other"):
            self._as(
                "otto.admin", "POST", USERS, {"user_name": name, "name": f"{name} Twin", "email": self.ambiguous_email}
            )
        query = f"{USERS}?sysparm_query=user_name=eva.employee&sysparm_fields=sys_id"
        (found,) = self._as("otto.admin", "GET", query)
        self._eva: str = found["sys_id"]

    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give credentials of the kind that is tried."""
        given = self.credentials
        oauth = given["oauth"]
        if self._kind == "basic":
            return BasicAuth(user=given["basic"]["user"], password=self._reference(given["basic"]["password"], wrong=wrong))
        if self._kind == "api_key":
            return ApiKeyAuth(key=self._reference(given["api_key"]["key"], wrong=wrong))
        return OAuth(
            grant=self._kind,
            client_id=oauth["client_id"],
            client_secret=self._reference(oauth["client_secret"], wrong=wrong),
            user=oauth["user"],
            password=self.secret(oauth["password"]),
            refresh_token=self.secret(oauth["refresh_token"]),
        )

    def demands(self) -> Overlay:
        """Name Eva where nobody called, and say that a ticket on hold waits for its caller."""
        return Overlay(
            required=(
                WhenRule(set={"caller_id": self._eva}),
                WhenRule(when={"state": ("3",)}, set={"hold_reason": "1"}),
            )
        )

    def _as(self, user: str, method: str, path: str, body: Json | None = None) -> Any:
        reply = self.call(method, path, self._accounts[user], body)
        return reply and reply["result"]

    def open(self, title: str) -> str:
        """Open an incident as Eva."""
        body = {"short_description": title, "description": f"Description of {title}", "caller_id": self._eva}
        opened: str = self._as("eva.employee", "POST", INCIDENTS, body)["sys_id"]
        return opened

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Fiona."""
        self._as("fiona.fulfiller", "PATCH", f"{INCIDENTS}/{record_id}", {"short_description": title})

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Write a journal entry as Fiona."""
        field = "comments" if public else "work_notes"
        self._as("fiona.fulfiller", "PATCH", f"{INCIDENTS}/{record_id}", {field: text})

    def remove(self, record_id: str) -> None:
        """Delete as Otto: fulfillers may not."""
        self._as("otto.admin", "DELETE", f"{INCIDENTS}/{record_id}")

    def close_ticket(self, record_id: str) -> None:
        """Close as Otto."""
        self._as("otto.admin", "PATCH", f"{INCIDENTS}/{record_id}", {"state": "7"})
