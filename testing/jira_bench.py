"""The bench of the Jira connector: people who work in the sandbox through the platform and service desk APIs."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..core.connector import Connector, Context, Json
from ..core.mapping.spec import Overlay, WhenRule
from ..core.model import Person
from ..core.net.auth import ApiKeyAuth, ApiTokenAuth, AuthSettings, BasicAuth, OAuth
from ..core.registry import connector_class
from ..sandbox import Running
from .sandbox_bench import Recorder, SandboxBench

ISSUES = "/rest/api/3/issue"
Kind = Literal["api_token", "scoped_api_token", "refresh_token", "client_credentials", "pat", "basic"]
DATA_CENTER: tuple[Kind, ...] = ("pat", "basic")


class JiraBench(SandboxBench):
    """A Jira sandbox: Robin asks in the portal, Alex helps, the integration's account is an administrator."""

    options: ClassVar[Json] = {"project": "ITSM", "request_type": "Report a system problem", "page": 20}
    working: ClassVar[Json] = {"also": ["*"], "issue_types": ["*"]}
    crowd = 25
    agent = Person(name="Alex Agent", email="alex.agent@example.com")
    requester = Person(name="Robin Requester", email="robin.requester@example.com")
    group = "Network"
    unknown_id = "987654321"
    unknown_person = "712020:00000000-0000-0000-0000-000000000000"

    def __init__(self, running: Running, *, kind: Kind = "api_token", recorder: Recorder | None = None) -> None:
        """Empty the sandbox."""
        super().__init__(running, recorder=recorder)
        self._kind: Kind = kind
        given = self.credentials
        self._accounts = {each["user"]: (each["user"], each["token"]) for each in given["people"]}
        self.secrets = (
            given["api_token"]["token"],
            given["scoped_api_token"]["token"],
            given["oauth"]["client_secret"],
            given["oauth"]["refresh_token"],
            given["pat"]["token"],
            given["basic"]["password"],
        )

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        """Make the connector; one address serves site, gateway and tokens here."""
        made, here = connector_class(self.running.vendor.name), self.running.base_url
        own: Json = {"deployment": "data_center"} if self._kind in DATA_CENTER else {"gateway": here, "login": here}
        if self._kind == "scoped_api_token":
            own["cloud_id"] = self.credentials["oauth"]["cloud_id"]
        settings = {"url": here, "auth": self.auth(wrong=wrong), "timeout": 10, **own, **self.options}
        return made(made.Settings.model_validate(settings), context)

    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give credentials of the kind that is tried."""
        given = self.credentials
        match self._kind:
            case "api_token" | "scoped_api_token":
                token = given[self._kind]
                return ApiTokenAuth(user=token["user"], token=self._reference(token["token"], wrong=wrong))
            case "pat":
                return ApiKeyAuth(key=self._reference(given["pat"]["token"], wrong=wrong))
            case "basic":
                basic = given["basic"]
                return BasicAuth(user=basic["user"], password=self._reference(basic["password"], wrong=wrong))
            case _:
                oauth = given["oauth"]
                return OAuth(
                    grant=self._kind,
                    client_id=oauth["client_id"],
                    client_secret=self._reference(oauth["client_secret"], wrong=wrong),
                    refresh_token=self.secret(oauth["refresh_token"]),
                )

    def demands(self) -> Overlay:
        """Name the root cause that a strict site demands of what is resolved."""
        return Overlay(required=(WhenRule(when={"state": ("Completed", "Closed")}, set={"cause": "Not known."}),))

    # -- hands

    def _as(self, person: Person, method: str, path: str, body: Json | None = None) -> Any:
        return self.call(method, path, self._accounts[person.email or ""], body)

    def open(self, title: str) -> str:
        """Raise a request as Robin."""
        body = {
            "serviceDeskId": "1",
            "requestTypeId": "31",
            "requestFieldValues": {"summary": title, "description": f"Description of {title}"},
        }
        return str(self._as(self.requester, "POST", "/rest/servicedeskapi/request", body)["issueId"])

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Alex."""
        self._as(self.agent, "PUT", f"{ISSUES}/{record_id}", {"fields": {"summary": title}})

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Comment as Alex."""
        document = {"type": "doc", "version": 1, "content": [_paragraph(text)]}
        visibility = [{"key": "sd.public.comment", "value": {"internal": not public}}]
        self._as(self.agent, "POST", f"{ISSUES}/{record_id}/comment", {"body": document, "properties": visibility})

    def remove(self, record_id: str) -> None:
        """Delete as Alex."""
        self._as(self.agent, "DELETE", f"{ISSUES}/{record_id}")

    def close_ticket(self, record_id: str) -> None:
        """Close as Alex, by the transition that leads to Closed."""
        offered = self._as(self.agent, "GET", f"{ISSUES}/{record_id}/transitions")["transitions"]
        (way,) = (each["id"] for each in offered if each["to"]["name"] == "Closed")
        self._as(self.agent, "POST", f"{ISSUES}/{record_id}/transitions", {"transition": {"id": way}})


def _paragraph(text: str) -> Json:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}
