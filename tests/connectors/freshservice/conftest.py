from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from isthmus.connectors.freshservice import Freshservice

URL = "https://acme.freshservice.com"
NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
FORM = [
    {"name": "subject", "label": "Subject", "default_field": True, "required_for_agents": True, "choices": []},
    {"name": "requester", "label": "Requester", "default_field": True, "required_for_agents": True, "choices": []},
    {
        "name": "status",
        "label": "Status",
        "default_field": True,
        "required_for_agents": True,
        "choices": [
            {"id": 2, "value": "Open"},
            {"id": 3, "value": "Pending"},
            {"id": 4, "value": "Resolved"},
            {"id": 5, "value": "Closed"},
            {"id": 9, "value": "Awaiting Vendor"},
        ],
    },
    {
        "name": "priority",
        "label": "Priority",
        "default_field": True,
        "choices": [{"id": number, "value": name} for number, name in enumerate(("Low", "Medium", "High", "Urgent"), 1)],
    },
    {"name": "department", "label": "Department", "default_field": True, "choices": []},
    {
        "name": "category",
        "label": "Category",
        "default_field": True,
        "required_for_closure": True,
        "choices": [
            {
                "id": 1,
                "value": "Network",
                "nested_options": [{"id": 2, "value": "VPN", "nested_options": [{"value": "Client"}]}],
            },
            {"id": 3, "value": "Hardware"},
        ],
    },
    {"name": "site", "label": "Site", "field_type": "custom_text", "choices": []},
    {"name": "floor", "label": "Floor", "field_type": "custom_number", "choices": []},
    {"name": "cost", "label": "Cost", "field_type": "custom_decimal", "choices": []},
    {"name": "vip", "label": "VIP", "field_type": "custom_checkbox", "choices": []},
    {"name": "day", "label": "Day", "field_type": "custom_date", "choices": []},
    {"name": "size", "label": "Size", "field_type": "custom_dropdown", "choices": [{"value": "S"}, {"value": "L"}]},
]


@dataclass
class Desk:
    """A scripted service desk: for each call a list of answers, or a function that answers; the calls are kept."""

    wire: responses.RequestsMock
    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    scripts: dict[tuple[str, str], Any] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Answer calls of a path in turn, the last answer for ever; an answer is (status, headers, data) or data."""
        self.scripts[method, path] = list(answers)

    def get(self, path: str, *answers: Any) -> None:
        self.on("GET", f"/api/v2/{path}", *answers)

    def params(self, path: str) -> list[dict[str, str]]:
        return [params for _, at, params, _ in self.calls if at == f"/api/v2/{path}"]

    def bodies(self, method: str) -> list[Any]:
        return [body for kind, _, _, body in self.calls if kind == method]

    def paths(self, method: str = "GET") -> list[str]:
        return [at.removeprefix("/api/v2/") for kind, at, _, _ in self.calls if kind == method]

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str | bytes]:
        parts = urlsplit(request.url or "")
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        kind = request.headers.get("Content-Type", "")
        raw: Any = request.body
        body = json.loads(raw) if raw and kind == "application/json" else raw.read() if hasattr(raw, "read") else raw
        self.calls.append((str(request.method), parts.path, params, body))
        self.headers.append(dict(request.headers))
        script = self.scripts.get((str(request.method), parts.path))
        if script is None:
            return 404, {}, ""
        found = script[0] if len(script) == 1 else script.pop(0)
        if callable(found):
            found = found(params, body)
        status, headers, data = found if isinstance(found, tuple) else (200, {}, found)
        return status, headers, data if isinstance(data, str | bytes) else json.dumps(data)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setenv("FS_KEY", "key-of-acme")
    monkeypatch.setenv("FS_SECRET", "secret-of-acme")
    monkeypatch.setenv("FS_REFRESH", "refresh-of-acme")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def desk(wire: responses.RequestsMock) -> Desk:
    """A desk with one workspace, one agent, one group and a form; it has no tickets."""
    made = Desk(wire)
    for method in ("GET", "POST", "PUT", "DELETE"):
        wire.add_callback(method, re.compile(f"{URL}/.*"), callback=made.answer)
    made.get("ticket_form_fields", {"ticket_fields": FORM})
    made.get("departments", {"departments": [{"id": 71, "name": "Sales"}]})
    made.get("agents", {"agents": [{"id": 31, "first_name": "Alex", "last_name": "Agent", "email": "Alex@example.com"}]})
    made.get("agents/me", {"agent": {"id": 11, "first_name": "Hub", "email": "hub@example.com", "time_zone": "UTC"}})
    made.get("groups", {"groups": [{"id": 41, "name": "Support", "workspace_id": 2}]})
    return made


@pytest.fixture
def make(wire: responses.RequestsMock, connect: Callable[..., Freshservice]) -> Callable[..., Freshservice]:
    def build(auth: dict[str, Any] | None = None, **options: Any) -> Freshservice:
        auth = auth or {"kind": "api_key", "key": "env:FS_KEY"}
        return connect(Freshservice, "desk", NOW, url=URL, auth=auth, **options)

    return build


@pytest.fixture
def plain(make: Callable[..., Freshservice], desk: Desk) -> Freshservice:
    """A connector that asks for neither associations nor satisfaction."""
    return make(associations=False, satisfaction=False)


@pytest.fixture
def ticket() -> Callable[..., dict[str, Any]]:
    def build(number: int = 7, **fields: Any) -> dict[str, Any]:
        return {
            "id": number,
            "workspace_id": 2,
            "subject": "VPN down",
            "description": "<div>No VPN</div>",
            "description_text": "No VPN",
            "type": "Incident",
            "status": 2,
            "priority": 3,
            "urgency": 2,
            "impact": 1,
            "source": 2,
            "requester_id": 21,
            "responder_id": None,
            "group_id": 41,
            "department_id": 71,
            "custom_fields": {"site": "Lyon"},
            "attachments": [],
            "due_by": "2026-05-09T13:30:00+05:30",
            "fr_due_by": "2026-05-07T08:00:00Z",
            "is_escalated": False,
            "fr_escalated": True,
            "deleted": False,
            "spam": False,
            "created_at": "2026-05-01T08:00:00Z",
            "updated_at": "2026-05-02T08:00:00Z",
            **fields,
        }

    return build
