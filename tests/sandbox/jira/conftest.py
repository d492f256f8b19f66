"""Clients of a Jira sandbox, as a third party would write them.

Where ISTHMUS_SPECS names a folder with Atlassian's specifications, every exchange of these tests is judged by them as well.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from isthmus import sandbox
from isthmus.core.net.http import Exchange
from isthmus.testing.jira_spec_check import jira_check
from isthmus.testing.spec_check import VARIABLE

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
FOLDER = os.environ.get(VARIABLE)


def doc(*lines):
    """Give a document of paragraphs."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": content}


class Client:
    """A caller of one sandbox; the integration's account on Cloud unless told otherwise."""

    def __init__(self, running, spec=None, *, auth=None, token=None, prefix=""):
        self.running, self.base, self.vendor, self.spec = running, running.base_url, running.vendor, spec
        self.state, self.prefix = running.vendor.state, prefix
        self.http = requests.Session()
        if token:
            self.http.headers["Authorization"] = f"Bearer {token}"
        elif auth is not False:
            given = running.credentials["api_token"]
            self.http.auth = auth or (given["user"], given["token"])

    def __call__(self, method, path, body=None, **options):
        options.setdefault("allow_redirects", False)
        if body is not None:
            options["json"] = body
        whole = path if path.startswith("/") else f"/rest/api/3/{path}"
        whole = (
            whole
            if whole.startswith(("/_sandbox", "/oauth", "/authorize", "/secure", "/login", "/file"))
            else self.prefix + whole
        )
        answer = self.http.request(method, self.base + whole, timeout=10, **options)
        if self.spec is not None:
            sent = answer.request
            data = sent.body if isinstance(sent.body, bytes) else (sent.body or "").encode()
            self.spec(
                Exchange(
                    method, sent.url, dict(sent.headers), data, answer.status_code, dict(answer.headers), answer.content
                )
            )
        return answer

    def ok(self, method, path, body=None, **options):
        """Call, and give the JSON of a success."""
        answer = self(method, path, body, **options)
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path, **params):
        return self.ok("GET", path, params=params)

    def post(self, path, body, **options):
        return self.ok("POST", path, body, **options)

    def put(self, path, body, **options):
        return self.ok("PUT", path, body, **options)

    def delete(self, path, body=None, **params):
        return self.ok("DELETE", path, body, params=params)

    def desk(self, path, **params):
        return self.get(f"/rest/servicedeskapi/{path}", **params)

    def refused(self, method, path, body=None, **options):
        """Call, and give status and JSON of a refusal."""
        answer = self(method, path, body, **options)
        assert answer.status_code >= 400, answer.text
        kind = answer.headers.get("Content-Type", "")
        return answer.status_code, answer.json() if answer.content and "json" in kind else answer.text

    def errors(self, method, path, body=None, **options):
        """Call, and give the errors by field of a 400."""
        status, told = self.refused(method, path, body, **options)
        assert status == 400, told
        return told["errors"]

    def control(self, name, body=None):
        return self("GET" if body is None else "POST", f"/_sandbox/{name}", body).json()

    def outbox(self):
        return [(mail["kind"], mail["to"]) for mail in self.control("outbox")["messages"]]

    def advance(self, seconds):
        self.control("clock", {"advance": seconds})

    def issue(self, summary="It broke", kind="[System] Incident", update=None, properties=None, transition=None, **fields):
        """Create an issue, and give its key."""
        given = {"project": {"key": "ITSM"}, "issuetype": {"name": kind}, "summary": summary, **fields}
        body = {"fields": given, "update": update, "properties": properties, "transition": transition}
        return self.post("issue", {key: value for key, value in body.items() if value is not None})["key"]

    def show(self, key, *fields, **params):
        shown = self.get(f"issue/{key}", **({"fields": ",".join(fields)} if fields else {}), **params)
        return shown["fields"]

    def comment(self, key, text="A word", *, internal=False):
        properties = [{"key": "sd.public.comment", "value": {"internal": True}}] if internal else []
        return self.post(f"issue/{key}/comment", {"body": doc(text), "properties": properties})

    def move(self, key, number, **body):
        return self.post(f"issue/{key}/transitions", {"transition": {"id": number}, **body})

    def search(self, jql, *fields, **more):
        return self.post("search/jql", {"jql": jql, "fields": list(fields) or ["key"], **more})

    def keys(self, jql):
        return [issue["key"] for issue in self.search(jql)["issues"]]

    def attach(self, key, name="a.txt", content=b"hello", media_type="text/plain"):
        files = {"file": (name, content, media_type)}
        return self.ok("POST", f"issue/{key}/attachments", files=files, headers={"X-Atlassian-Token": "no-check"})[0]

    def request(self, summary="No mail", form="31", **body):
        """Raise a request, and give it."""
        values = {"summary": summary, **body.pop("fields", {})}
        given = {"serviceDeskId": "1", "requestTypeId": form, "requestFieldValues": values, **body}
        return self.post("/rest/servicedeskapi/request", given)

    def account(self, email):
        return self.state.user_with_email(email).account_id

    # -- others

    def person(self, email):
        found = next(each for each in self.running.credentials["people"] if each["user"] == email)
        return Client(self.running, self.spec, auth=(email, found["token"]))

    def data_center(self, email=None):
        given = self.running.credentials
        token = (
            given["pat"]["token"]
            if email is None
            else next(each["pat"] for each in given["people"] if each["user"] == email)
        )
        return Client(self.running, self.spec, token=token)

    def stranger(self):
        return Client(self.running, self.spec, auth=False)


def _judge(specification):
    wrong = [] if specification is None else specification.take()
    assert wrong == [], "\n".join(wrong)


@pytest.fixture(scope="session")
def specification():
    return jira_check(Path(FOLDER)) if FOLDER else None


@pytest.fixture
def start(specification):
    """Give a function that starts sandboxes; they stop after the test."""
    running, clients = [], []

    def make(**options):
        options.setdefault("now", NOW)
        running.append(sandbox.start("jira", **options))
        clients.append(Client(running[-1], specification))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()
    for one in running:
        one.stop()
    _judge(specification)


@pytest.fixture
def jira(start):
    """A fresh site."""
    return start()


@pytest.fixture
def as_person(jira):
    """Give a function that makes clients of other people; they are closed after the test."""
    made = []

    def make(email):
        made.append(jira.person(email))
        return made[-1]

    yield make
    for client in made:
        client.http.close()


@pytest.fixture
def agent(as_person):
    return as_person("alex.agent@example.com")


@pytest.fixture
def customer(as_person):
    return as_person("robin.requester@example.com")


@pytest.fixture
def server(jira):
    """The same site in the manner of Data Center."""
    client = jira.data_center()
    yield client
    client.http.close()


@pytest.fixture
def document():
    return doc


@pytest.fixture(scope="module")
def seeded(specification):
    """A seeded site that is only read."""
    with sandbox.start("jira", tickets=200, seed=7, now=NOW) as running:
        client = Client(running, specification)
        yield client
        client.http.close()
    _judge(specification)
