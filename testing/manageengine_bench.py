"""The bench of the ServiceDesk Plus connector: people who work in the sandbox under their own keys, in either product."""

from __future__ import annotations

from functools import cached_property
from html import escape
from typing import Any, ClassVar, Literal

import orjson

from ..core.connector import Connector, Context, Json
from ..core.mapping.spec import Overlay, WhenRule
from ..core.model import Person
from ..core.net.auth import ApiKeyAuth, AuthSettings, OAuth
from ..core.registry import connector_class
from ..sandbox import Running
from .sandbox_bench import Recorder, SandboxBench

BASE = "/api/v3"
CLOUD_ABOVE = 123_640_000_000_000_000
"""What the Cloud's id of a request is above that on-premises, in the sandbox."""
PAUSE = 30.0
"""Seconds that the connector waits where a server on-premises blocks a URL without saying how long."""
Kind = Literal["authtoken", "oauth"]


class ManageEngineBench(SandboxBench):
    """A ServiceDesk Plus sandbox: a requester asks, a technician works, an administrator deletes; all on-premises.

    The product that the connector speaks with is another matter: its ids are those of the bench.
    """

    options: ClassVar[Json] = {"page": 20, "account": "isthmus@example.com"}
    crowd = 25
    agent = Person(name="Alex Agent", email="alex.agent@example.com")
    requester = Person(name="Robin Requester", email="robin.requester@example.com")
    group = "Support"

    def __init__(self, running: Running, *, kind: Kind = "authtoken", recorder: Recorder | None = None) -> None:
        """Empty the sandbox, and choose who works there."""
        super().__init__(running, recorder=recorder)
        self._kind: Kind = kind
        given = self.credentials
        self._cloud = kind == "oauth"
        self.unknown_id = self.unknown_person = str(99_999_999 + (CLOUD_ABOVE if self._cloud else 0))
        self.told = 1.0 if self._cloud else PAUSE
        self._keys: dict[str, str] = {each["user"]: each["authtoken"] for each in given["people"]}
        self.secrets = (given["authtoken"]["key"], given["oauth"]["client_secret"], given["oauth"]["refresh_token"])

    # -- credentials

    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give credentials of the kind that is tried."""
        given = self.credentials
        if not self._cloud:
            return ApiKeyAuth(key=self._reference(given["authtoken"]["key"], wrong=wrong))
        oauth = given["oauth"]
        return OAuth(
            grant="refresh_token",
            client_id=oauth["client_id"],
            client_secret=self._reference(oauth["client_secret"], wrong=wrong),
            refresh_token=self.secret(oauth["refresh_token"]),
        )

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        """Make the connector of the product that is tried."""
        made = connector_class(self.running.vendor.name)
        place = (
            {"portal": self.credentials["oauth"]["portal"], "accounts_url": self.running.base_url} if self._cloud else {}
        )
        account = {"account": self.credentials["authtoken"]["user"]}
        settings = {"url": self.running.base_url, "auth": self.auth(wrong=wrong), "timeout": 10}
        return made(made.Settings.model_validate({**settings, **self.options, **place, **account}), context)

    def demands(self) -> Overlay:
        """Name what a strict account demands: a category, and how it was resolved."""
        category = self._category
        return Overlay(
            required=(
                WhenRule(set={"category.name": category}),
                WhenRule(when={"state": ("Resolved", "Closed")}, set={"resolution.content": "Resolved."}),
            )
        )

    @cached_property
    def _category(self) -> str:
        return str(self._as(self.agent, "GET", "/categories")["categories"][0]["name"])

    # -- hands

    def _as(self, person: Person, method: str, path: str, data: Json | None = None) -> Any:
        """Give the reply to a call of a person, on-premises."""
        sent = {"input_data": orjson.dumps(data).decode()} if data else None
        headers = {"authtoken": self._keys[person.email or ""]}
        url = f"{self.running.base_url}{BASE}{path}"
        reply = self._session.request(method, url, data=sent, headers=headers, timeout=30)
        reply.raise_for_status()
        return reply.json()

    def _path(self, record_id: str) -> str:
        return f"/requests/{int(record_id) - (CLOUD_ABOVE if self._cloud else 0)}"

    def open(self, title: str) -> str:
        """Open a request as Robin."""
        category = {"category": {"name": self._category}}
        body = {"subject": title, "description": f"<div>Description of {title}</div>", **category}
        made = self._as(self.requester, "POST", "/requests", {"request": body})["request"]
        return str(int(made["id"]) + (CLOUD_ABOVE if self._cloud else 0))

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Alex."""
        self._as(self.agent, "PUT", self._path(record_id), {"request": {"subject": title}})

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Write a note as Alex."""
        note = {"description": f"<div>{escape(text)}</div>", "show_to_requester": public}
        self._as(self.agent, "POST", f"{self._path(record_id)}/notes", {"note": note})

    def remove(self, record_id: str) -> None:
        """Move to the trash as Alex."""
        self._as(self.agent, "DELETE", f"{self._path(record_id)}/move_to_trash")

    def close_ticket(self, record_id: str) -> None:
        """Close as Alex."""
        self._as(self.agent, "PUT", f"{self._path(record_id)}/close")

    # -- eyes

    def tickets(self) -> dict[str, Json]:
        """Give the raw requests that exist, by the id that the connector sees."""
        name = "cloud_id" if self._cloud else "id"
        return {str(each[name]): each for each in super().tickets().values()}
