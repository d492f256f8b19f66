from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest
import requests
import responses
from isthmus.connectors.manageengine import ManageEngine

URL = "https://desk.example.com"
NOW = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
OK = {"status_code": 2000, "status": "success"}
LISTS = re.compile(
    r"/(statuses|priorities|urgencies|impacts|levels|modes|categories|subcategories|service_categories|closure_codes)$"
)


@dataclass
class Server:
    """A scripted server: for each method and path below the base a list of answers, the last one for ever."""

    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    query: dict[str, str] = field(default_factory=dict)
    """Of the latest call that had one."""
    date: str | None = None
    """What the server's clock shows, where it tells."""
    scripts: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    tokens: list[Any] = field(default_factory=lambda: [{"access_token": "1000.first", "expires_in": 3600}])

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Answer calls of a path in turn; an answer is (status, data), data, an exception, or a function of the input."""
        self.scripts[method, path] = list(answers)

    def sent(self, method: str, path: str) -> list[Any]:
        return [data for kind, at, data in self.calls if (kind, at) == (method, path)]

    def answer(self, method: str, path: str, data: Any) -> tuple[int, Any]:
        self.calls.append((method, path, data))
        if path == "/oauth/v2/token":
            told = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
            return told if isinstance(told, tuple) else (200, told)
        script = self.scripts.get((method, path))
        if script is None:
            if LISTS.search(path):
                return 200, {path.rpartition("/")[2]: [], "list_info": {}, "response_status": [OK]}
            return 404, failed(4007, "Invalid URL")
        chosen = script.pop(0) if len(script) > 1 else script[0]
        if callable(chosen):
            chosen = chosen(data)
        if isinstance(chosen, BaseException):
            raise chosen
        return chosen if isinstance(chosen, tuple) else (200, {"response_status": OK, **chosen})

    def respond(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        address = urlsplit(str(request.url))
        body = request.body.read() if hasattr(request.body, "read") else request.body
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
        form = parse_qs(text) if "urlencoded" in str(request.headers.get("Content-Type")) else {}
        query = dict(parse_qsl(address.query))
        self.query = query or self.query
        stated = query.get("input_data") or form.get("input_data", [None])[0]
        self.headers.append(dict(request.headers))
        path = re.sub(r"^(/app/itdesk)?/api/v3", "", unquote(address.path))
        status, data = self.answer(str(request.method), path, json.loads(stated) if stated else text or None)
        if isinstance(data, bytes | str):
            return status, {"Content-Type": "text/html"}, data if isinstance(data, bytes) else data.encode()
        told = {"Date": self.date} if self.date else {}
        return status, {"Content-Type": "application/json", **told}, json.dumps(data).encode()


def failed(code: int, message: str | None = None, **more: Any) -> dict[str, Any]:
    said = {"status_code": code, "type": "failed", **more, **({"message": message} if message else {})}
    return {"response_status": {"status_code": 4000, "messages": [said], "status": "failed"}}


@pytest.fixture
def failure() -> Callable[..., dict[str, Any]]:
    return failed


@pytest.fixture
def listed() -> Callable[..., dict[str, Any]]:
    def build(name: str, *rows: Any, more: bool = False, **info: Any) -> dict[str, Any]:
        return {name: list(rows), "list_info": {"has_more_rows": more, **info}, "response_status": [OK]}

    return build


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("SDP_KEY", "key-of-the-desk")
    monkeypatch.setenv("SDP_SECRET", "secret-of-the-desk")
    monkeypatch.setenv("SDP_REFRESH", "1000.refresh-of-the-desk")
    made = Server()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.add_callback(
                method,
                re.compile(r"https://(desk\.example\.com|accounts\.zoho\.\w+)/.*"),
                callback=made.respond,
                content_type=None,
            )
        yield made


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    def build(number: int = 1, **fields: Any) -> dict[str, Any]:
        at = str(1_783_000_000_000 + number * 1000)
        return {
            "id": str(number),
            "subject": "VPN down",
            "description": "<p>It is down</p>",
            "status": {"id": "2", "name": "Open"},
            "created_time": {"display_value": "today", "value": at},
            "last_updated_time": None,
            "udf_fields": {},
            **fields,
        }

    return build


@pytest.fixture
def make(server: Server, connect: Callable[..., ManageEngine]) -> Callable[..., ManageEngine]:
    def build(*, cloud: bool = False, **options: Any) -> ManageEngine:
        oauth = {
            "kind": "oauth",
            "grant": "refresh_token",
            "client_id": "1000.CLIENT",
            "client_secret": "env:SDP_SECRET",
            "refresh_token": "env:SDP_REFRESH",
        }
        auth = oauth if cloud else {"kind": "api_key", "key": "env:SDP_KEY"}
        place = {"portal": "itdesk"} if cloud else {}
        return connect(ManageEngine, "desk", NOW, url=URL, auth=auth, **place, **options)

    return build


@pytest.fixture
def desk(make: Callable[..., ManageEngine]) -> ManageEngine:
    return make()
