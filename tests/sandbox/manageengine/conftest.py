"""Clients of a ServiceDesk Plus sandbox, as a third party would write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import requests
from isthmus import sandbox

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
SERVER = "/api/v3"
CLOUD = "/app/itdesk/api/v3"
ACCEPT = "application/vnd.manageengine.sdp.v3+json"
OFFSET = 123_640_000_000_000_000


class Client:
    """A caller of one sandbox in one of the two products; the integration's account unless told otherwise."""

    def __init__(self, running, base=SERVER, email=None):
        self.running, self.vendor, self.base = running, running.vendor, base
        self.root = running.base_url
        self.http = requests.Session()
        people = {person["user"]: person for person in running.credentials["people"]}
        given = running.credentials if email is None else people[email]
        if base == CLOUD:
            refresh = given["oauth"]["refresh_token"] if email is None else given["refresh_token"]
            token = self.token(grant_type="refresh_token", refresh_token=refresh)["access_token"]
            self.http.headers.update({"Authorization": f"Zoho-oauthtoken {token}", "Accept": ACCEPT})
        else:
            self.http.headers["authtoken"] = given["authtoken"]["key"] if email is None else given["authtoken"]

    def token(self, **form):
        oauth = self.running.credentials["oauth"]
        body = {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"], **form}
        return self.http.post(f"{self.root}/oauth/v2/token", data=body, timeout=10).json()

    def __call__(self, method, path, data=None, **options):
        if data is not None:
            options["params" if method == "GET" else "data"] = {"input_data": json.dumps(data)}
        url = self.root + (path if path.startswith("/") else f"{self.base}/{path}")
        return self.http.request(method, url, timeout=10, allow_redirects=False, **options)

    def ok(self, method, path, data=None, status=None, **options):
        """Call, and give the JSON of a success."""
        answer = self(method, path, data, **options)
        assert answer.status_code == status if status else answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json()

    def get(self, path, **info):
        """Read; ``info`` is what stands in ``list_info``."""
        return self.ok("GET", path, {"list_info": info} if info else None)

    def refused(self, method, path, data=None, **options):
        """Call, and give (HTTP status, inner code, field or fields) of a refusal."""
        answer = self(method, path, data, **options)
        body = answer.json()["response_status"]
        assert body["status"] == "failed", answer.text
        (message,) = body["messages"]
        assert message["type"] == "failed"
        return answer.status_code, message["status_code"], message.get("field", message.get("fields"))

    def control(self, name, body=None):
        answer = self.http.request("GET" if body is None else "POST", f"{self.root}/_sandbox/{name}", json=body, timeout=30)
        return answer.json()

    def request(self, **fields):
        """Create a request, and give it."""
        return self.ok("POST", "requests", {"request": {"subject": "Help", **fields}}, 201)["request"]

    def update(self, request, **fields):
        return self.ok("PUT", f"requests/{request['id']}", {"request": fields}, 200)["request"]

    def show(self, request):
        return self.get(f"requests/{request['id']}")["request"]

    def note(self, request, words="<p>hello</p>", **flags):
        key = "request_note" if self.base == CLOUD else "note"
        body = {key: {"description": words, **flags}}
        return self.ok("POST", f"requests/{request['id']}/notes", body, 201)[key]

    def upload(self, request, name="a.txt", content=b"hello", media_type="text/plain"):
        path = f"requests/{request['id']}/upload"
        return self.ok("PUT", path, files={"input_file": (name, content, media_type)})["attachment"]

    def ids(self, *criteria, **info):
        """Give the ids of a list of requests; several criteria stand in an array."""
        if criteria:
            info["search_criteria"] = criteria[0] if len(criteria) == 1 else list(criteria)
        return [row["id"] for row in self.get("requests", row_count=100, **info)["requests"]]

    def ticket(self, request):
        """Give the snapshot of a request."""
        tickets = self.control("snapshot")["tickets"]
        return next(one for one in tickets if request["id"] in {one["id"], one["cloud_id"]})

    def mails(self):
        return [(mail["kind"], mail["to"]) for mail in self.control("outbox")["messages"]]

    def advance(self, **clock):
        return self.control("clock", clock)


@pytest.fixture
def connect():
    """Give a function that makes clients; they are closed after the test."""
    clients = []

    def make(running, *args):
        clients.append(Client(running, *args))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()


@pytest.fixture
def start(connect):
    """Give a function that starts sandboxes, and gives a client on-premises; they stop after the test."""
    running = []

    def make(**options):
        options.setdefault("now", NOW)
        running.append(sandbox.start("manageengine", **options))
        return connect(running[-1])

    yield make
    for one in running:
        one.stop()


@pytest.fixture
def server(start):
    """A fresh server, on-premises."""
    return start()


@pytest.fixture
def cloud(server, connect):
    """The same server through the Cloud's API."""
    return connect(server.running, CLOUD)


@pytest.fixture(params=["on-premises", "Cloud"])
def either(request, server, connect):
    """The server through either API."""
    return server if request.param == "on-premises" else connect(server.running, CLOUD)


@pytest.fixture
def alex(server, connect):
    return connect(server.running, SERVER, "alex.agent@example.com")


@pytest.fixture
def robin(server, connect):
    return connect(server.running, SERVER, "robin.requester@example.com")


@pytest.fixture(scope="module")
def seeded():
    """A seeded server that is only read."""
    with sandbox.start("manageengine", tickets=250, seed=7, now=NOW) as running:
        client = Client(running)
        yield client
        client.http.close()


@pytest.fixture(scope="module")
def seeded_cloud(seeded):
    client = Client(seeded.running, CLOUD)
    yield client
    client.http.close()
