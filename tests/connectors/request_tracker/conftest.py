from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import responses
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.core.connector import Context
from isthmus.core.net.auth import TokenStore

URL = "https://rt.example"
API = f"{URL}/REST/2.0"
NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
CUSTOM = [
    {"id": "2", "Name": "Isthmus Marker", "Type": "Freeform", "MaxValues": "1"},
    {"id": "4", "Name": "Building", "Type": "Select", "MaxValues": "1"},
    {"id": "5", "Name": "Tags", "Type": "Freeform", "MaxValues": "0"},
]


def reference(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": key, "_url": f"{API}/{kind}/{key}", **more}


def listed(items: list[Any], total: int | None = None) -> dict[str, Any]:
    return {"items": items, "count": len(items), "total": total, "pages": None, "page": 1, "per_page": 100}


class Site:
    """A site's answers, of the shapes that a real server gives; what is not told here is not answered."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.user = {"id": 29, "Name": "isthmus", "EmailAddress": "isthmus@example.com", "Timezone": "UTC"}
        self.ticket_fields = ["Isthmus Marker", "Building", "Tags"]
        self.transaction_fields = ["Isthmus Origin"]
        self.queues = {"3": "Support"}

    def stand(self) -> None:
        self.mock.get(f"{API}/rt", json={"Version": "5.0.3"})
        self.mock.get(f"{API}/user/isthmus", json=self.user)
        self.mock.get(
            f"{API}/queues/all", json=listed([{"id": i, "Name": n, "Disabled": "0"} for i, n in self.queues.items()], 1)
        )
        for number, name in self.queues.items():
            for key in (number, name):
                self.mock.get(
                    f"{API}/queue/{key}",
                    json={
                        "id": int(number),
                        "Name": name,
                        "TicketCustomFields": [reference("customfield", "2", name=each) for each in self.ticket_fields],
                        "TicketTransactionCustomFields": [{"name": each} for each in self.transaction_fields],
                    },
                )
        self.mock.post(f"{API}/customfields", json=listed(CUSTOM, len(CUSTOM)))
        self.mock.get(f"{API}/customfield/4", json={"Name": "Building", "Values": [{"name": "North"}, {"name": "South"}]})

    def texts(self, texts: dict[str, str]) -> None:
        """Give the descriptions of tickets; each ticket's first transaction bears the ticket's number times ten."""
        rows = [{"id": f"{ticket}0", "ObjectId": ticket} for ticket in texts]
        self.mock.get(f"{API}/transactions", json=listed(rows))
        self.attachments(
            [
                {
                    "id": f"{ticket}1",
                    "TransactionId": f"{ticket}0",
                    "ContentType": "text/html",
                    "Filename": "",
                    "Content": text,
                }
                for ticket, text in texts.items()
            ]
        )

    def attachments(self, rows: list[dict[str, Any]]) -> None:
        """Answer with those of the transactions that are asked for; the second page is empty."""

        def answer(request: Any) -> tuple[int, dict[str, str], str]:
            wanted = {str(term["value"]) for term in json.loads(request.body or b"[]")}
            page = str(request.params["page"])
            found = [row for row in rows if str(row["TransactionId"]) in wanted] if page == "1" else []
            return 200, {}, json.dumps(listed(found))

        self.mock.add_callback("POST", f"{API}/attachments", answer)

    def search(self, *pages: list[dict[str, Any]], total: int | None = None) -> None:
        """Answer the searches for tickets, one after the other."""
        for page in pages:
            self.mock.get(f"{API}/tickets", json=listed(page, len(page) if total is None else total))

    def queries(self) -> list[str]:
        """Give what was searched for."""
        calls = [call.request for call in self.mock.calls]
        return [str(each.params["query"]) for each in calls if each.path_url.startswith("/REST/2.0/tickets")]

    def sent(self, method: str, path: str) -> list[Any]:
        """Give the bodies that were sent."""
        found: list[Any] = []
        for call in self.mock.calls:
            if call.request.method == method and call.request.path_url.partition("?")[0] == f"/REST/2.0{path}":
                body = call.request.body
                found.append(json.loads(body.read() if hasattr(body, "read") else body or "null"))
        return found


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("RT_TOKEN", "1-29-secret-of-isthmus")
    monkeypatch.setenv("RT_PASSWORD", "password-of-isthmus")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Site(mock)


@pytest.fixture
def make(site: Site, tmp_path: Path) -> Iterator[Callable[..., RequestTracker]]:
    made: list[RequestTracker] = []

    def build(auth: dict[str, Any] | None = None, **options: Any) -> RequestTracker:
        auth = auth or {"kind": "api_token", "user": "isthmus", "token": "env:RT_TOKEN"}
        settings = RequestTracker.Settings.model_validate({"url": URL, "auth": auth, "queue": "Support", **options})
        context = Context(
            connection="desk", tokens=TokenStore(tmp_path, "desk"), sleep=lambda seconds: None, clock=lambda: NOW
        )
        made.append(RequestTracker(settings, context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


@pytest.fixture
def tracker(make: Callable[..., RequestTracker], site: Site) -> RequestTracker:
    site.stand()
    return make()


@pytest.fixture
def ticket() -> Callable[..., dict[str, Any]]:
    def build(number: int = 7, **fields: Any) -> dict[str, Any]:
        robin = reference("user", "robin", Name="robin", EmailAddress="Robin@example.com", RealName="Robin")
        return {
            "id": str(number),
            "type": "ticket",
            "_url": f"{API}/ticket/{number}",
            "Subject": "VPN down",
            "Status": "open",
            "Queue": reference("queue", "3"),
            "Owner": reference("user", "Nobody"),
            "Creator": reference("user", "alex"),
            "Requestor": [robin],
            "Cc": [],
            "Priority": "50",
            "Created": "2026-05-01T08:00:00Z",
            "LastUpdated": "2026-05-02T08:00:00Z",
            "Started": "1970-01-01T00:00:00Z",
            "Resolved": "1970-01-01T00:00:00Z",
            "Due": "1970-01-01T00:00:00Z",
            "CustomFields": [
                reference("customfield", "2", name="Isthmus Marker", values=["isthmus:a:1"]),
                reference("customfield", "4", name="Building", values=[]),
                reference("customfield", "5", name="Tags", values=["a", "b"]),
            ],
            **fields,
        }

    return build
