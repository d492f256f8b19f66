"""One running instance for all tests, made fresh for each; clients are plain ``requests``, as a third party's would be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests
from isthmus.sandbox import start

NOW = datetime(2026, 7, 14, 8, 0, 0, tzinfo=UTC)


class Client:
    """Somebody who uses the instance's API."""

    def __init__(self, running, user=None, password=None):
        self.running = running
        self.base = running.base_url
        self.http = requests.Session()
        if user:
            self.http.auth = (user, password)

    def __call__(self, method, path, **options):
        return self.http.request(method, self.base + path, timeout=10, allow_redirects=False, **options)

    def get(self, path, **params):
        """Send GET to a path under /api/now and give the reply."""
        return self("GET", f"/api/now/{path}", params=params)

    def rows(self, table, query="", **params):
        """Give the result of a list."""
        answer = self.get(f"table/{table}", sysparm_query=query, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def row(self, sys_id, table="incident", **params):
        """Give one row."""
        answer = self.get(f"table/{table}/{sys_id}", **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def create(self, table="incident", /, params=None, **body):
        """Insert a row and give it."""
        answer = self("POST", f"/api/now/table/{table}", json=body, params=params)
        assert answer.status_code == 201, answer.text
        return answer.json()["result"]

    def change(self, sys_id, /, table="incident", params=None, **body):
        """Update a row and give it."""
        answer = self("PATCH", f"/api/now/table/{table}/{sys_id}", json=body, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def set_property(self, name, value):
        """Configure the instance."""
        found = self.rows("sys_properties", f"name={name}")[0]
        self.change(found["sys_id"], "sys_properties", value=value)

    def user_id(self, user_name):
        """Give the sys_id of a user."""
        return self.rows("sys_user", f"user_name={user_name}")[0]["sys_id"]

    def group_id(self, name):
        """Give the sys_id of a group."""
        return self.rows("sys_user_group", f"name={name}")[0]["sys_id"]

    def control(self, name, body=None):
        """Use the sandbox's own endpoints."""
        answer = self("GET" if body is None else "POST", f"/_sandbox/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, **time):
        """Move the clock."""
        seconds = time.get("seconds", 0) + 3600 * time.get("hours", 0) + 86400 * time.get("days", 0)
        return self.control("clock", {"advance": seconds})


@pytest.fixture(scope="session")
def running():
    with start("servicenow", now=NOW) as instance:
        yield instance


@pytest.fixture
def fresh(running):
    running.vendor.clock.set(NOW)
    running.vendor.limits.mode = "off"
    running.vendor.faults.use(None)
    Client(running).control("reset", {})
    return running


@pytest.fixture
def client_of(fresh):
    """Give clients by user name; without a name, one that is not logged in."""
    made = []

    def make(user_name=None):
        passwords = {person["user"]: person["password"] for person in fresh.vendor.credentials()["people"]}
        basic = fresh.vendor.credentials()["basic"]
        passwords[basic["user"]] = basic["password"]
        made.append(Client(fresh, user_name, passwords.get(user_name)))
        return made[-1]

    yield make
    for client in made:
        client.http.close()


@pytest.fixture
def hub(client_of):
    """The integration account, an admin."""
    return client_of("isthmus")


@pytest.fixture
def agent(client_of):
    """A fulfiller."""
    return client_of("fiona.fulfiller")


@pytest.fixture
def employee(client_of):
    """Somebody without a role."""
    return client_of("eva.employee")
