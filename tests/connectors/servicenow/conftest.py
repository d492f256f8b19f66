from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import responses
from isthmus.connectors.servicenow import ServiceNow

URL = "https://acme.service-now.com"
NOW = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)

Answer = tuple[int, dict[str, str], Any]


@dataclass
class Instance:
    """A scripted instance: for each path a list of answers, or a function that answers; the calls are kept."""

    wire: responses.RequestsMock
    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    scripts: dict[tuple[str, str], Any] = field(default_factory=dict)
    people: list[dict[str, str]] = field(default_factory=list)

    def known_people(self, params: dict[str, str], body: Any) -> Any:
        """Answer a look-up of people by any column, and who the account is."""
        condition = params["sysparm_query"].split("^")[0]
        found = re.match(r"([a-z_]+)(?:=|IN)(.*)", condition)
        assert found is not None
        column, values = found.group(1), [each.lower() for each in found.group(2).split(",")]
        if values == ["javascript:gs.getuserid()"]:
            return {"result": self.people[:1]}
        return {"result": [each for each in self.people if each.get(column, "").lower() in values]}

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Answer calls of a path in turn, the last answer for ever; an answer is (status, headers, data) or data."""
        self.scripts[method, path] = list(answers)

    def table(self, name: str, *answers: Any) -> None:
        self.on("GET", f"/api/now/table/{name}", *answers)

    def queries(self, path: str) -> list[str]:
        return [params.get("sysparm_query", "") for _, at, params, _ in self.calls if at == path]

    def params(self, path: str) -> list[dict[str, str]]:
        return [params for _, at, params, _ in self.calls if at == path]

    def bodies(self, method: str) -> list[Any]:
        return [body for kind, _, _, body in self.calls if kind == method]

    def answer(self, method: str, path: str, params: dict[str, str], body: Any) -> Answer:
        self.calls.append((method, path, params, body))
        if path == "/api/now/v1/batch" and (method, path) not in self.scripts:
            return 200, {}, self._batch(body)
        script = self.scripts.get((method, path))
        if script is None:
            return 200, {"X-Total-Count": "0"}, {"result": []}
        chosen = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(chosen, Exception):
            raise chosen
        if callable(chosen):
            chosen = chosen(params, body)
        if isinstance(chosen, tuple):
            return chosen
        rows = chosen.get("result") if isinstance(chosen, dict) else None
        return 200, {"X-Total-Count": str(len(rows))} if isinstance(rows, list) else {}, chosen

    def _batch(self, body: Any) -> Any:
        served = []
        for item in body["rest_requests"]:
            address = urlsplit(item["url"])
            inner = json.loads(base64.b64decode(item["body"])) if item.get("body") else None
            status, headers, data = self.answer(item["method"], address.path, dict(parse_qsl(address.query)), inner)
            content = data if isinstance(data, bytes) else json.dumps(data).encode()
            served.append(
                {
                    "id": item["id"],
                    "status_code": status,
                    "status_text": "",
                    "body": base64.b64encode(content).decode(),
                    "headers": [{"name": name, "value": value} for name, value in headers.items()],
                }
            )
        return {"batch_request_id": "1", "serviced_requests": served, "unserviced_requests": []}

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
        status, headers, data = self.answer(str(request.method), address.path, dict(parse_qsl(address.query)), body)
        if isinstance(data, bytes | str):
            return status, headers, data if isinstance(data, bytes) else data.encode()
        headers = {"Content-Type": "application/json;charset=UTF-8", **headers}
        return status, headers, b"" if data is None else json.dumps(data).encode()


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    monkeypatch.setenv("SN_PASSWORD", "password-of-acme")
    monkeypatch.setenv("SN_KEY", "key-of-acme")
    monkeypatch.setenv("SN_SECRET", "secret-of-acme")
    monkeypatch.setenv("SN_REFRESH", "refresh-of-acme")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        made = Instance(wire)
        for method in ("GET", "POST", "PATCH", "DELETE"):
            wire.add_callback(method, re.compile(rf"{re.escape(URL)}/.*"), callback=made.respond, content_type=None)
        made.people = [user("isthmus", time_zone="GMT")]
        made.table("sys_user", made.known_people)
        yield made


def user(name: str, **more: str) -> dict[str, str]:
    return {
        "sys_id": (name.encode().hex() + "0" * 32)[:32],
        "user_name": name,
        "name": name.title(),
        "email": f"{name}@example.com",
        "active": "true",
        **more,
    }


@pytest.fixture
def make_user() -> Callable[..., dict[str, str]]:
    return user


@pytest.fixture
def make_row() -> Callable[..., dict[str, str]]:
    def build(number: int = 1, **fields: str) -> dict[str, str]:
        return {
            "sys_id": f"{number:032x}",
            "number": f"INC{number:07}",
            "short_description": "VPN down",
            "state": "2",
            "hold_reason": "",
            "sys_updated_on": "2026-07-14 08:00:00",
            "sys_mod_count": "3",
            **fields,
        }

    return build


@pytest.fixture
def make(instance: Instance, connect: Callable[..., ServiceNow]) -> Callable[..., ServiceNow]:
    def build(auth: dict[str, Any] | None = None, **options: Any) -> ServiceNow:
        auth = auth or {"kind": "basic", "user": "isthmus", "password": "env:SN_PASSWORD"}
        return connect(ServiceNow, "ops", NOW, url=URL, auth=auth, **options)

    return build


@pytest.fixture
def ops(make: Callable[..., ServiceNow]) -> ServiceNow:
    return make()
