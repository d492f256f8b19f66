from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import requests
import responses
from isthmus.connectors.jira import Jira

URL = "https://acme.atlassian.net"
NOW = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
API = "/rest/api/3/"

Answer = tuple[int, dict[str, str], Any]
TYPE = "10010"
ANA = {"accountId": "712020:ana", "accountType": "atlassian", "displayName": "Ana", "emailAddress": "Ana@acme.example"}
BOT = {"accountId": "712020:bot", "accountType": "atlassian", "displayName": "Sync", "emailAddress": "sync@acme.example"}
FRED = {"accountId": "qm:fred", "accountType": "customer", "displayName": "Fred", "emailAddress": "fred@acme.example"}


def status(number: str, name: str, category: str) -> dict[str, Any]:
    return {"id": number, "name": name, "statusCategory": {"key": category}}


OPEN, WORK, DONE = (
    status("1", "Open", "new"),
    status("3", "Work in progress", "indeterminate"),
    status("5", "Completed", "done"),
)
PENDING, CLOSED, CANCELED = (
    status("4", "Pending", "indeterminate"),
    status("6", "Closed", "done"),
    status("7", "Canceled", "done"),
)
STATUSES = [OPEN, WORK, PENDING, DONE, CLOSED, CANCELED]


def custom(number: int, name: str, kind: str, tail: str, items: str = "") -> dict[str, Any]:
    schema = {"type": kind, "custom": tail if ":" in tail else f"com.atlassian.jira.plugin.system.customfieldtypes:{tail}"}
    return {
        "id": f"customfield_{number}",
        "name": name,
        "custom": True,
        "schema": {**schema, **({"items": items} if items else {})},
    }


def options(*names: str) -> list[dict[str, Any]]:
    return [{"id": str(100 + place), "value": name} for place, name in enumerate(names)]


FIELDS = [
    {"id": "summary", "name": "Summary", "custom": False, "schema": {"type": "string"}},
    custom(1, "Impact", "option", "select"),
    custom(2, "Pending reason", "option", "select"),
    custom(3, "Assignment group", "group", "grouppicker"),
    custom(4, "Operational categorization", "option-with-child", "cascadingselect"),
    custom(5, "Affected services", "array", "multiselect", "option"),
    custom(6, "Major incident", "array", "multicheckboxes", "option"),
    custom(7, "Root cause", "string", "textarea"),
    custom(8, "Anfragetyp", "sd-customerrequesttype", "com.atlassian.servicedesk:vp-origin"),
    custom(9, "Request participants", "array", "com.atlassian.servicedesk:sd-request-participants", "user"),
    custom(10, "Time to resolution", "sd-servicelevelagreement", "com.atlassian.servicedesk:sd-sla-field"),
    custom(11, "Satisfaction", "sd-feedback", "com.atlassian.servicedesk:sd-request-feedback"),
    custom(12, "Rank", "any", "com.pyxis.greenhopper.jira:gh-lexo-rank"),
    custom(13, "External id", "string", "textfield"),
    custom(14, "Affected users", "number", "float"),
    custom(15, "Reported at", "datetime", "datetime"),
    custom(16, "Keywords", "array", "labels", "string"),
    custom(17, "Escalation manager", "user", "userpicker"),
    custom(18, "Resolution notes", "string", "textarea"),
    custom(19, "Severity", "option", "select"),
]
SCREEN = [
    {"fieldId": "summary", "name": "Summary", "required": True},
    {"fieldId": "description", "name": "Description"},
    {"fieldId": "labels", "name": "Labels"},
    {"fieldId": "reporter", "name": "Reporter", "required": True, "hasDefaultValue": True},
    {"fieldId": "assignee", "name": "Assignee"},
    {"fieldId": "duedate", "name": "Due"},
    {"fieldId": "priority", "name": "Priority", "allowedValues": [{"id": "1", "name": "Blocker"}, {"id": "2", "name": "Emergency"}, {"id": "3", "name": "Normal"}]},
    {"fieldId": "issuetype", "name": "Type", "required": True},
    {"fieldId": "customfield_1", "name": "Impact", "allowedValues": options("Extensive / Widespread", "Minor / Localized")},
    {"fieldId": "customfield_4", "name": "Category", "allowedValues": [{"id": "40", "value": "Network", "children": options("VPN", "DNS")}, {"id": "41", "value": "Misc"}]},
    {"fieldId": "customfield_5", "name": "Services", "allowedValues": options("ERP", "Mail")},
    {"fieldId": "customfield_6", "name": "Major", "allowedValues": options("Major incident")},
    {"fieldId": "customfield_7", "name": "Root cause"},
    {"fieldId": "customfield_3", "name": "Group"},
    {"fieldId": "customfield_9", "name": "Participants"},
    {"fieldId": "customfield_14", "name": "Affected users", "required": True},
    {"fieldId": "customfield_19", "name": "Severity", "allowedValues": options("Sev-1", "Sev-2")},
    {"fieldId": "components", "name": "Components", "required": True},
]  # fmt: skip


@dataclass
class Server:
    """A scripted site: for each call a list of answers, or a function that answers; the calls are kept."""

    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    scripts: dict[tuple[str, str], Any] = field(default_factory=dict)

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Answer calls of a path in turn, the last answer for ever; an answer is (status, headers, data) or data."""
        self.scripts[method, path if path.startswith("/") else API + path] = list(answers)

    def sent(self, method: str, path: str) -> list[Any]:
        wanted = path if path.startswith("/") else API + path
        return [body for kind, at, _, body in self.calls if (kind, at) == (method, wanted)]

    def asked(self, path: str) -> list[dict[str, str]]:
        wanted = path if path.startswith("/") else API + path
        return [params for _, at, params, _ in self.calls if at == wanted]

    def answer(self, method: str, path: str, params: dict[str, str], body: Any) -> Answer:
        self.calls.append((method, path, params, body))
        script = self.scripts.get((method, path))
        if script is None:
            return 404, {}, {"errorMessages": [f"nothing at {method} {path}"], "errors": {}}
        chosen = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(chosen, Exception):
            raise chosen
        if callable(chosen):
            chosen = chosen(params, body)
        return chosen if isinstance(chosen, tuple) else (200, {}, chosen)

    def respond(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        address = urlsplit(str(request.url))
        raw = request.body
        if hasattr(raw, "read"):
            raw = raw.read()
        body = json.loads(raw) if raw and request.headers.get("Content-Type") == "application/json" else raw
        self.headers.append(dict(request.headers))
        code, headers, data = self.answer(str(request.method), unquote(address.path), dict(parse_qsl(address.query)), body)
        if isinstance(data, bytes | str):
            return code, headers, data if isinstance(data, bytes) else data.encode()
        return code, {"Content-Type": "application/json", **headers}, b"" if data is None else json.dumps(data).encode()

    def site(self) -> None:
        """Answer what every connection asks about itself."""
        self.on("GET", "myself", {**BOT, "timeZone": "Europe/Berlin"})
        types = [
            {"id": TYPE, "name": "[System] Incident"},
            {"id": "11", "name": "[System] Problem"},
            {"id": "12", "name": "Sub-task", "subtask": True},
        ]
        self.on("GET", "project/ITSM", {"id": "10", "key": "ITSM", "projectTypeKey": "service_desk", "issueTypes": types})  # fmt: skip
        self.on("GET", "field", FIELDS)
        self.on("GET", f"issue/createmeta/ITSM/issuetypes/{TYPE}", {"fields": SCREEN, "total": len(SCREEN)})
        self.on("GET", "status", STATUSES)
        self.on("GET", "project/ITSM/statuses", [{"id": TYPE, "statuses": STATUSES}])
        self.on("GET", "resolution", [{"id": "90", "name": "Done"}, {"id": "91", "name": "Won't Do"}])
        self.on("GET", "/rest/servicedeskapi/servicedesk", {"values": [{"id": "7", "projectId": "10"}], "isLastPage": True})
        kinds = {"values": [{"id": "31", "name": "Report a system problem"}], "isLastPage": True}
        self.on("GET", "/rest/servicedeskapi/servicedesk/7/requesttype", kinds)


def issue(number: int = 500, place: dict[str, Any] = WORK, **fields: Any) -> dict[str, Any]:
    """An issue as Jira gives it."""
    return {
        "id": str(number),
        "key": f"ITSM-{number}",
        "self": f"{URL}/rest/api/3/issue/{number}",
        "fields": {
            "summary": "VPN down",
            "status": place,
            "issuetype": {"id": TYPE, "name": "[System] Incident"},
            "project": {"key": "ITSM", "projectTypeKey": "service_desk"},
            "labels": ["vpn"],
            "updated": "2026-07-14T10:30:00.123+0200",
            "created": "2026-07-14T10:00:00.000+0200",
            **fields,
        },
    }


@pytest.fixture
def make_issue() -> Callable[..., dict[str, Any]]:
    return issue


@pytest.fixture
def places() -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in STATUSES}


@pytest.fixture
def users() -> dict[str, dict[str, Any]]:
    return {"ana": ANA, "bot": BOT, "fred": FRED}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("JIRA_TOKEN", "token-of-acme")
    monkeypatch.setenv("JIRA_SECRET", "secret-of-acme")
    monkeypatch.setenv("JIRA_REFRESH", "refresh-of-acme")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        made = Server()
        made.site()
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.add_callback(method, re.compile(r"https://.*"), callback=made.respond, content_type=None)
        yield made


@pytest.fixture
def make(server: Server, connect: Callable[..., Jira]) -> Callable[..., Jira]:
    def build(auth: dict[str, Any] | None = None, **given: Any) -> Jira:
        auth = auth or {"kind": "api_token", "user": "sync@acme.example", "token": "env:JIRA_TOKEN"}
        return connect(Jira, "desk", NOW, **{"url": URL, "auth": auth, "project": "ITSM", **given})

    return build


@pytest.fixture
def desk(make: Callable[..., Jira]) -> Jira:
    return make()


@pytest.fixture
def center(make: Callable[..., Jira], server: Server) -> Jira:
    """A connector to Data Center."""
    for (method, path), answers in list(server.scripts.items()):
        server.scripts[method, path.replace("/api/3/", "/api/2/")] = answers
    server.on(
        "GET", "/rest/api/2/myself", {"name": "bot", "key": "JIRAUSER1", "displayName": "Sync", "timeZone": "Nowhere/Here"}
    )
    return make({"kind": "api_key", "key": "env:JIRA_TOKEN"}, deployment="data_center")
