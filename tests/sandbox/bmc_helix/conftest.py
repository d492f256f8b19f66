"""One running server for all tests, made fresh for each; clients are plain ``requests``, as a third party's would be."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import requests
from isthmus.sandbox import start
from isthmus.sandbox.bmc_helix.accounts import printed

NOW = datetime(2026, 7, 14, 8, 0, 0, tzinfo=UTC)
ENTRY = "/api/arsys/v1/entry/"
CREATE, INTERFACE, HELP_DESK = "HPD:IncidentInterface_Create", "HPD:IncidentInterface", "HPD:Help Desk"
WORK_LOG = "HPD:WorkLog"
NEW = {
    "Login_ID": "eva.employee",
    "Description": "VPN down",
    "Impact": "2-Significant/Large",
    "Urgency": "1-Critical",
    "Reported Source": "Direct Input",
    "Service_Type": "User Service Restoration",
}
DESK = {
    "Assigned Support Company": "Example",
    "Assigned Support Organization": "IT Support",
    "Assigned Group": "Service Desk",
    "Assignee Login ID": "fiona.fulfiller",
}
RESOLVED = {"Status": "Resolved", "Status_Reason": "No Further Action Required", "Resolution": "Restarted."}


class Client:
    """Somebody who uses the server's API."""

    def __init__(self, running, login=None):
        self.running = running
        self.base = running.base_url
        self.http = requests.Session()
        self.login = None
        if login:
            self.log_in(login)

    def log_in(self, login, password=None):
        self.login = login
        form = {"username": login, "password": printed(login) if password is None else password}
        answer = self.http.post(f"{self.base}/api/jwt/login", data=form, timeout=10)
        self.token = answer.text
        self.http.headers["Authorization"] = f"AR-JWT {answer.text}"
        return answer

    def __call__(self, method, path, **options):
        return self.http.request(method, self.base + path, timeout=10, allow_redirects=False, **options)

    def entry(self, method, form, entry_id="", below="", **options):
        """Send a request to a form or an entry of it."""
        tail = f"/{quote(entry_id, safe='')}" if entry_id else ""
        return self(method, ENTRY + quote(form) + tail + below, **options)

    def rows(self, form, q="", fields="", **params):
        """Give the values of a list."""
        query = {name: value for name, value in {"q": q, "fields": fields, **params}.items() if value != ""}
        answer = self.entry("GET", form, params=query)
        assert answer.status_code == 200, answer.text
        return [entry["values"] for entry in answer.json()["entries"]]

    def row(self, entry_id, form=INTERFACE, **params):
        """Give the values of one entry."""
        answer = self.entry("GET", form, entry_id, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["values"]

    def create(self, **values):
        """Make an incident and give it as the interface shows it."""
        answer = self.entry("POST", CREATE, json={"values": NEW | values}, params={"fields": "values(Incident Number)"})
        assert answer.status_code == 201, answer.text
        return self.incident(answer.json()["values"]["Incident Number"])

    def incident(self, number):
        """Give an incident by its number."""
        (row,) = self.rows(INTERFACE, f"'Incident Number' = \"{number}\"")
        return row

    def add(self, form, **values):
        """Make an entry and give its id."""
        answer = self.entry("POST", form, json={"values": values})
        assert answer.status_code == 201, answer.text
        assert answer.content == b""
        return answer.headers["Location"].rpartition("/")[2]

    def change(self, entry_id, form=INTERFACE, /, **values):
        """Change an entry."""
        answer = self.entry("PUT", form, entry_id, json={"values": values})
        assert (answer.status_code, answer.content) == (204, b""), answer.text

    def refused(self, method, form, entry_id="", **values):
        """Give status, number and appended text of a refusal."""
        answer = self.entry(method, form, entry_id, json={"values": values})
        assert answer.status_code >= 400, answer.status_code
        (message,) = answer.json()
        assert message["messageType"] == "ERROR"
        return answer.status_code, message["messageNumber"], message["messageAppendedText"]

    def logs(self, incident, **params):
        """Give the work logs of an incident."""
        number = incident["Incident Number"]
        return self.rows(WORK_LOG, f"'Incident Number' = \"{number}\"", sort="Work Log ID.asc", **params)

    def control(self, name, body=None):
        """Use the sandbox's own endpoints."""
        answer = self("GET" if body is None else "POST", f"/_sandbox/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, seconds=0, *, days=0):
        """Move the clock, and log in again where the token has ended."""
        self.control("clock", {"advance": seconds + 86400 * days})
        if self.login and seconds + 86400 * days > 3600:
            self.log_in(self.login)

    def use(self, profile, seed=1):
        """Put a fault profile into force."""
        self.control("faults", {"profile": profile, "seed": seed, "hold": 0.01})


@pytest.fixture(scope="session")
def running():
    with start("bmc_helix", now=NOW) as server:
        yield server


@pytest.fixture
def fresh(running, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.clock.time", SimpleNamespace(monotonic=lambda: 0.0))  # it moves by order only
    running.vendor.clock.set(NOW)
    running.vendor.limits.mode = "off"
    running.vendor.faults.use(None)
    opened = Client(running)
    opened.control("reset", {})
    opened.http.close()
    return running


@pytest.fixture
def client_of(fresh):
    """Give clients by login; without one, somebody who is not logged in."""
    made = []

    def make(login=None):
        made.append(Client(fresh, login))
        return made[-1]

    yield make
    for client in made:
        client.http.close()


@pytest.fixture
def hub(client_of):
    """The integration account, an administrator with unrestricted access."""
    return client_of("isthmus")


@pytest.fixture
def agent(client_of):
    """A member of Service Desk and Network, with access to one company."""
    return client_of("fiona.fulfiller")


@pytest.fixture
def customer(client_of):
    """Somebody without support rights."""
    return client_of("eva.employee")


@pytest.fixture
def words():
    """Bodies that most tests start from."""
    return {"new": NEW, "desk": DESK, "resolved": RESOLVED}
