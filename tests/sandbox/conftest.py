"""A small vendor of our own, so that the engine is tested without any real vendor's manners."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests
from isthmus.sandbox.clock import Clock
from isthmus.sandbox.dispatch import Dispatch
from isthmus.sandbox.faults import Faults
from isthmus.sandbox.limits import Limits
from isthmus.sandbox.outbox import Message, Outbox
from isthmus.sandbox.server import Server
from isthmus.sandbox.vendor import Call, RefusedError, Routes, Vendor, reply
from werkzeug.wrappers import Response

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
routes = Routes()


@routes.get("/notes", public=True)
def list_notes(vendor: Notes, call: Call) -> Response:
    return reply({"notes": vendor.notes, "query": call.request.args.to_dict()})


@routes.post("/notes")
def add_note(vendor: Notes, call: Call) -> Response:
    vendor.notes.append(call.request.get_data(as_text=True))
    vendor.outbox.send(Message(vendor.clock.now(), "a@example.com", "create", "1", "new", "text"))
    return reply({"number": len(vendor.notes), "account": call.account}, 201)


@routes.get("/notes/<int:number>")
def show_note(vendor: Notes, call: Call, number: int) -> Response:
    if number > len(vendor.notes):
        raise RefusedError(reply({"error": "no such note"}, 404))
    return reply({"note": vendor.notes[number - 1]})


@routes.put("/notes/<int:number>")
@routes.patch("/notes/<int:number>")
def change_note(vendor: Notes, call: Call, number: int) -> Response:
    vendor.notes[number - 1] = call.json()["text"]
    return reply({"note": vendor.notes[number - 1]})


@routes.delete("/notes/<int:number>")
def delete_note(vendor: Notes, call: Call, number: int) -> Response:
    vendor.notes.pop(number - 1)
    return Response(status=204)


class Notes(Vendor):
    name = "notes"
    title = "Notes"
    areas = (routes,)

    def reset(self):
        self.notes = []

    def seed(self, tickets, seed):
        self.notes.extend(f"{seed}/{number}" for number in range(tickets))

    def load(self, records):
        self.notes.extend(record["text"] for record in records)

    def snapshot(self):
        return {"tickets": list(self.notes)}

    def credentials(self):
        return {"key": "sesame"}

    def authenticate(self, call):
        if call.request.headers.get("X-Key") != "sesame":
            raise RefusedError(reply({"error": "who are you?"}, 401))
        return "ann"

    def unknown(self, request, *, method):
        return reply({"error": "wrong method" if method else "unknown path"}, 405 if method else 404)

    def failure(self, status):
        return reply({"error": "broken"}, status)

    def throttled(self, call, retry_after):
        return reply({"error": "slow down"}, 429, {"Retry-After": str(retry_after)} if retry_after else None)

    def admit(self, call):
        quota = self.limits.take("all", 3)
        call.headers["X-Left"] = str(quota.remaining)
        return self.throttled(call, quota.reset) if quota.exceeded else None


class Client:
    """A plain client of the server under test."""

    def __init__(self, server, vendor):
        self.base, self.server, self.vendor = server.base_url, server, vendor
        self.http = requests.Session()
        self.http.headers["X-Key"] = "sesame"

    def __call__(self, method, path, **options):
        return self.http.request(method, self.base + path, timeout=10, **options)

    def control(self, name, body=None):
        answer = self("GET" if body is None else "POST", f"/_sandbox/{name}", json=body)
        return answer.json()


@pytest.fixture
def notes():
    clock = Clock(NOW)
    vendor = Notes(clock=clock, limits=Limits(clock), faults=Faults(), outbox=Outbox())
    server = Server(Dispatch(vendor))
    server.start()
    client = Client(server, vendor)
    yield client
    client.http.close()
    server.stop()
