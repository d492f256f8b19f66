"""Clients of a Freshservice sandbox, as a third party would write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests
from isthmus import sandbox

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


class Client:
    """A caller of one sandbox; the integration's account unless told otherwise."""

    def __init__(self, running, key=None):
        self.running, self.base, self.vendor = running, running.base_url, running.vendor
        self.http = requests.Session()
        self.http.auth = (key or running.credentials["api_key"]["key"], "X")

    def __call__(self, method, path, **options):
        options.setdefault("allow_redirects", False)
        path = path if path.startswith("/") else f"/api/v2/{path}"
        return self.http.request(method, self.base + path, timeout=10, **options)

    def ok(self, method, path, body=None, **options):
        """Call, and give the JSON of a success."""
        answer = self(method, path, json=body, **options) if body is not None else self(method, path, **options)
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path, **params):
        return self.ok("GET", path, params=params)

    def refused(self, method, path, body=None, **options):
        """Call, and give status and JSON (None where there is none) of a refusal."""
        answer = self(method, path, json=body, **options) if body is not None else self(method, path, **options)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json() if answer.content else None

    def faults(self, method, path, body=None, **options):
        """Call, and give (field, code) of each fault that the refusal names."""
        status, refusal = self.refused(method, path, body, **options)
        assert (status, refusal["description"]) == (400, "Validation failed")
        return [(error["field"], error["code"]) for error in refusal["errors"]]

    def control(self, name, body=None):
        return self("GET" if body is None else "POST", f"/_sandbox/{name}", json=body).json()

    def advance(self, seconds):
        self.control("clock", {"advance": seconds})

    def ticket(self, **fields):
        """Create a ticket, and give it."""
        plain = {"email": "robin.requester@example.com", "subject": "Help", "description": "It broke"}
        return self.ok("POST", "tickets", {**plain, "status": 2, "priority": 1, **fields})["ticket"]

    def update(self, ticket, **fields):
        return self.ok("PUT", f"tickets/{ticket['id']}", fields)["ticket"]

    def view(self, ticket, *include):
        return self.get(f"tickets/{ticket['id']}", **({"include": ",".join(include)} if include else {}))["ticket"]

    def note(self, ticket, body="noted", **fields):
        return self.ok("POST", f"tickets/{ticket['id']}/notes", {"body": body, **fields})["conversation"]

    def reply(self, ticket, body="answered", **fields):
        return self.ok("POST", f"tickets/{ticket['id']}/reply", {"body": body, **fields})["conversation"]

    def conversations(self, ticket, **params):
        return self.get(f"tickets/{ticket['id']}/conversations", **params)["conversations"]

    def activities(self, ticket):
        return self.get(f"tickets/{ticket['id']}/activities")["activities"]

    def person(self, email):
        return next(row for row in self.control("snapshot")["people"] if row["email"] == email)

    def field(self, name, **params):
        return next(row for row in self.get("ticket_form_fields", **params)["ticket_fields"] if row["name"] == name)

    def outbox(self):
        return [(mail["kind"], mail["to"]) for mail in self.control("outbox")["messages"]]

    def form(self, method, path, data, *files):
        """Send a form with files."""
        parts = [("attachments[]", (name, content, kind)) for name, content, kind in files]
        return self(method, path, data=data, files=parts or [("attachments[]", ("a.txt", b"hello", "text/plain"))])


@pytest.fixture
def start():
    """Give a function that starts sandboxes; they stop after the test."""
    running, clients = [], []

    def make(**options):
        options.setdefault("now", NOW)
        running.append(sandbox.start("freshservice", **options))
        clients.append(Client(running[-1]))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()
    for one in running:
        one.stop()


@pytest.fixture
def desk(start):
    """A fresh account, without the people of a seed."""
    client = start()
    client.vendor.population = None
    client.control("reset", {})
    client.running = replace(client.running, credentials=client.vendor.credentials())
    return client


@pytest.fixture
def agent(desk):
    key = next(row["key"] for row in desk.running.credentials["people"] if row["user"] == "alex.agent@example.com")
    client = Client(desk.running, key)
    yield client
    client.http.close()


@pytest.fixture(scope="module")
def seeded():
    """A seeded account that is only read."""
    with sandbox.start("freshservice", tickets=250, seed=7, now=NOW) as running:
        client = Client(running)
        yield client
        client.http.close()
