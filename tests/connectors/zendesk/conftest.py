from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from isthmus.connectors.zendesk import Zendesk
from responses.matchers import query_param_matcher

URL = "https://acme.zendesk.com"
NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setenv("ZD_TOKEN", "token-of-acme")
    monkeypatch.setenv("ZD_SECRET", "secret-of-acme")
    monkeypatch.setenv("ZD_REFRESH", "refresh-of-acme")
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def make(wire: responses.RequestsMock, connect: Callable[..., Zendesk]) -> Callable[..., Zendesk]:
    def build(auth: dict[str, Any] | None = None, **options: Any) -> Zendesk:
        auth = auth or {"kind": "api_token", "user": "sync@example.com", "token": "env:ZD_TOKEN"}
        return connect(Zendesk, "support", NOW, url=URL, auth=auth, **options)

    return build


@pytest.fixture
def zendesk(make: Callable[..., Zendesk], wire: responses.RequestsMock) -> Zendesk:
    """A connector whose account has no custom statuses."""
    wire.assert_all_requests_are_fired = False
    wire.get(f"{URL}/api/v2/custom_statuses", status=404, json={"error": "InvalidEndpoint", "description": "Not found"})
    newest = query_param_matcher({"sort": "-updated_at", "page[size]": "1"})
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": [{"updated_at": "2026-05-02T08:00:00Z"}]}, match=[newest])
    return make()


@pytest.fixture
def ticket() -> Callable[..., dict[str, Any]]:
    def build(number: int = 7, **fields: Any) -> dict[str, Any]:
        return {
            "id": number,
            "url": f"{URL}/api/v2/tickets/{number}.json",
            "external_id": None,
            "subject": "VPN down",
            "raw_subject": "VPN down",
            "description": "No VPN",
            "status": "open",
            "priority": None,
            "type": "incident",
            "requester_id": 21,
            "assignee_id": 31,
            "group_id": 41,
            "collaborator_ids": [],
            "email_cc_ids": [],
            "follower_ids": [],
            "tags": ["vpn"],
            "custom_fields": [],
            "fields": [],
            "created_at": "2026-05-01T08:00:00Z",
            "updated_at": "2026-05-02T08:00:00Z",
            "generated_timestamp": 1777708800,
            "via": {"channel": "web"},
            **fields,
        }

    return build
