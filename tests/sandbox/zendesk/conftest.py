"""Clients of a Zendesk sandbox, as a third party would write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests
from isthmus import sandbox

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


class Client:
    """A caller of one sandbox; the integration's account unless told otherwise."""

    def __init__(self, running, user=None):
        self.running, self.base, self.vendor = running, running.base_url, running.vendor
        token = running.credentials["api_token"]
        self.http = requests.Session()
        self.http.auth = (f"{user or token['user']}/token", token["token"])

    def __call__(self, method, path, **options):
        options.setdefault("allow_redirects", False)
        path = path if path.startswith(("/oauth", "/_sandbox", "/attachments", "/storage", "/api")) else f"/api/v2/{path}"
        return self.http.request(method, self.base + path, timeout=10, **options)

    def ok(self, method, path, body=None, **options):
        """Call, and give the JSON of a success."""
        answer = self(method, path, json=body, **options) if body is not None else self(method, path, **options)
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path, **options):
        return self.ok("GET", path, **options)

    def refused(self, method, path, body=None, **options):
        """Call, and give status and JSON of a refusal."""
        answer = self(method, path, json=body, **options) if body is not None else self(method, path, **options)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()

    def control(self, name, body=None):
        return self("GET" if body is None else "POST", f"/_sandbox/{name}", json=body).json()

    def ticket(self, body="It broke", **fields):
        """Create a ticket, and give it."""
        return self.ok("POST", "tickets", {"ticket": {"subject": "Help", "comment": {"body": body}, **fields}})["ticket"]

    def update(self, ticket, **fields):
        return self.ok("PUT", f"tickets/{ticket['id']}", {"ticket": fields})

    def comments(self, ticket, **options):
        return self.get(f"tickets/{ticket['id']}/comments", **options)["comments"]

    def user(self, email):
        return self.get("users/search", params={"query": f"email:{email}"})["users"][0]

    def field(self, title):
        return next(field for field in self.get("ticket_fields")["ticket_fields"] if field["title"] == title)

    def upload(self, name="a.txt", content=b"hello", media_type="text/plain", **params):
        answer = self(
            "POST", "uploads", params={"filename": name, **params}, data=content, headers={"Content-Type": media_type}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["upload"]

    def as_user(self, email):
        return Client(self.running, email)


@pytest.fixture
def start():
    """Give a function that starts sandboxes; they stop after the test."""
    running, clients = [], []

    def make(**options):
        options.setdefault("now", NOW)
        running.append(sandbox.start("zendesk", **options))
        clients.append(Client(running[-1]))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()
    for one in running:
        one.stop()


@pytest.fixture
def zendesk(start):
    """A fresh account."""
    return start()


@pytest.fixture
def agent(zendesk):
    client = zendesk.as_user("alex.agent@example.com")
    yield client
    client.http.close()


@pytest.fixture
def requester(zendesk):
    client = zendesk.as_user("robin.requester@example.com")
    yield client
    client.http.close()


@pytest.fixture(scope="module")
def seeded():
    """A seeded account that is only read."""
    with sandbox.start("zendesk", tickets=250, seed=7, now=NOW) as running:
        client = Client(running)
        yield client
        client.http.close()
