from __future__ import annotations

import base64
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
from isthmus.connectors.bmc_helix import BmcHelix

URL = "https://acme-restapi.onbmc.com"
NOW = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
ENTRY = "/api/arsys/v1/entry"

Answer = tuple[int, dict[str, str], Any]


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.signature-of-acme"


@dataclass
class Server:
    """A scripted AR server: for each path a list of answers, or a function that answers; the calls are kept."""

    wire: responses.RequestsMock
    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    scripts: dict[tuple[str, str], Any] = field(default_factory=dict)
    logins: list[Any] = field(default_factory=lambda: [jwt(iat=1000, exp=4600)])
    headers: list[dict[str, str]] = field(default_factory=list)

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Answer calls of a path in turn, the last answer for ever; an answer is (status, headers, data) or data."""
        self.scripts[method, path] = list(answers)

    def form(self, name: str, *answers: Any) -> None:
        """Answer lists of a form; an answer may be a list of values."""
        self.on("GET", f"{ENTRY}/{name}", *answers)

    def queries(self, form: str) -> list[str]:
        return [params.get("q", "") for method, at, params, _ in self.calls if (method, at) == ("GET", f"{ENTRY}/{form}")]

    def sent(self, method: str, form: str = "") -> list[Any]:
        return [body for kind, at, _, body in self.calls if kind == method and f"{ENTRY}/{form}" in at]

    def answer(self, method: str, path: str, params: dict[str, str], body: Any) -> Answer:
        self.calls.append((method, path, params, body))
        if path == "/api/jwt/login" and (method, path) not in self.scripts:
            token = self.logins.pop(0) if len(self.logins) > 1 else self.logins[0]
            return token if isinstance(token, tuple) else (200, {"Content-Type": "text/plain"}, token)
        if path == "/api/jwt/logout":
            return 204, {}, None
        script = self.scripts.get((method, path))
        if script is None:
            return 200, {}, [] if "/fields/" in path else {"entries": []}
        chosen = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(chosen, Exception):
            raise chosen
        if callable(chosen):
            chosen = chosen(params, body)
        if isinstance(chosen, tuple):
            return chosen
        if isinstance(chosen, list) and "/entry/" in path and method == "GET":
            chosen = {"entries": [{"values": values} for values in chosen]}
        return 200, {}, chosen

    def respond(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        address = urlsplit(str(request.url))
        raw = request.body
        if hasattr(raw, "read"):
            raw = raw.read()
        kind = str(request.headers.get("Content-Type", ""))
        body: Any = raw
        if raw and kind == "application/json":
            body = json.loads(raw)
        elif raw and kind == "application/x-www-form-urlencoded":
            text = raw.decode() if isinstance(raw, bytes) else str(raw)
            body = {name: values[0] for name, values in parse_qs(text).items()}
        self.headers.append(dict(request.headers))
        params = dict(parse_qsl(address.query))
        status, headers, data = self.answer(str(request.method), unquote(address.path), params, body)
        if isinstance(data, bytes | str):
            return status, headers, data if isinstance(data, bytes) else data.encode()
        headers = {"Content-Type": "application/json", **headers}
        return status, headers, b"" if data is None else json.dumps(data).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("AR_PASSWORD", "password-of-acme")
    monkeypatch.setenv("AR_SECRET", "secret-of-acme")
    monkeypatch.setenv("AR_REFRESH", "refresh-of-acme")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        made = Server(wire)
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.add_callback(
                method, re.compile(r"https://acme[-\w]*\.onbmc\.com/.*"), callback=made.respond, content_type=None
            )
        yield made


@pytest.fixture
def make_row() -> Callable[..., dict[str, Any]]:
    def build(number: int = 1, **fields: Any) -> dict[str, Any]:
        entry = f"INC{number:012}"
        return {
            "Request ID": f"{entry}|{entry}",
            "Entry ID": entry,
            "Incident Number": f"INC{number + 500:012}",
            "Description": "VPN down",
            "Status": "Assigned",
            "Status_Reason": None,
            "Last Modified Date": "2026-07-14T08:00:00.000+0000",
            **fields,
        }

    return build


@pytest.fixture
def token() -> Callable[..., str]:
    return jwt


@pytest.fixture
def failure() -> Callable[..., Answer]:
    def build(number: int, text: str = "refused", status: int = 500, appended: str | None = None) -> Answer:
        message = {"messageType": "ERROR", "messageText": text, "messageNumber": number, "messageAppendedText": appended}
        return status, {}, [message]

    return build


@pytest.fixture
def make(server: Server, connect: Callable[..., BmcHelix]) -> Callable[..., BmcHelix]:
    def build(auth: dict[str, Any] | None = None, **options: Any) -> BmcHelix:
        auth = auth or {"kind": "ar_jwt", "user": "isthmus", "password": "env:AR_PASSWORD"}
        return connect(BmcHelix, "ops", NOW, url=URL, auth=auth, **options)

    return build


@pytest.fixture
def ops(make: Callable[..., BmcHelix]) -> BmcHelix:
    return make()
