"""Recordings of BMC Helix ITSM: what was asked where only the reply was kept, kinds, places, and a state that fits.

The files hold bodies of replies of public clients; ``ASKED`` says which call gave each of them. Files with inputs of
a client, or with what a client made of several replies, are no recordings.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from .account import TIMEOUT, Account
from .compare import Rules
from .exchanges import Exchange

ENTRY = "/api/arsys/v1/entry"
CREATE = f"{ENTRY}/HPD:IncidentInterface_Create"
INTERFACE = f"{ENTRY}/HPD:IncidentInterface"
WORK_LOG = f"{ENTRY}/HPD:WorkLog"
GROUPS = f"{ENTRY}/CTM:Support Group"
TASK = f"{ENTRY}/TMS:Task"
KINDS = {CREATE: "created", INTERFACE: "incident", WORK_LOG: "work_log", GROUPS: "group", TASK: "task"}
"""Form -> the kind of what stands under ``values``."""
CHOSEN = "values(Incident Number,Create Date)"


@dataclass(frozen=True)
class Asked:
    """The call that gave a recorded body."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 200
    reply: Callable[[Any], Any] = lambda document: document
    """Takes the reply out of the file."""
    headers: Callable[[Any], dict[str, str] | None] = lambda document: None


def _by_number(number: str) -> dict[str, str]:
    return {"q": f"'Incident Number'=\"{number}\""}


def _new(first: str, last: str) -> dict[str, Any]:
    values = {"First_Name": first, "Last_Name": last, "Description": "Create Incident Unit test", "Status": "Assigned"}
    values |= {"Impact": "4-Minor/Localized", "Urgency": "2-High", "Reported Source": "Direct Input"}
    return {"values": {**values, "Service_Type": "User Service Restoration"}}


ASKED: dict[str, Asked] = {
    "chronicle/create_incident.json": Asked(
        "GET", f"{CREATE}/00000xxxxxxxxxx", reply=lambda document: {"values": document}
    ),
    "demisto/get_incident.json": Asked("GET", INTERFACE, _by_number("INC000000000430")),
    "demisto/incident_create.json": Asked("POST", CREATE, {"fields": CHOSEN}, _new("Allen", "Allbrook"), 201),
    "demisto/list_support_group.json": Asked("GET", GROUPS, {"limit": "2"}),
    "demisto/list_worklogs.json": Asked("GET", WORK_LOG, _by_number("INC000010381027")),
    "rapid7/create_incident_headers.json": Asked(
        "POST", CREATE, {}, _new("007", "Agent"), 201, lambda document: None, lambda document: document
    ),
    "rapid7/help_add_incident_work_note.json": Asked(
        "GET", f"{INTERFACE}/INC000000000026|INC000000000026", reply=lambda document: document["incident"]
    ),
    "rapid7/help_search_incident.json": Asked("GET", INTERFACE, _by_number("INC_CAL_1000007")),
    "rapid7/incident.json": Asked("GET", f"{CREATE}/000000000000606", {"fields": "assoc(HPD:INC:Worklog)"}),
    "rapid7/incident_query_not_found.json": Asked("GET", INTERFACE, _by_number("INC0")),
    "rapid7/incident_worklog.json": Asked("GET", f"{WORK_LOG}/WLG00002"),
    "rapid7/task.json": Asked("GET", f"{TASK}/TAS000002"),
}


class BmcHelix(Account):
    """A BMC Helix ITSM sandbox."""

    vendor = "bmc_helix"
    named = frozenset()
    rules = Rules(
        kinds={
            **{kind: kind for kind in KINDS.values()},
            "entries": "entry",
            "_links": "links",
            "self": "link",
            "next": "link",
            "assoc-HPD:INC:Worklog": "link",
        },
        open=frozenset({"incident.Status-History", "created.Status History"}),
    )

    @classmethod
    def recordings(cls, folder: Path) -> list[list[Exchange]]:
        """Give the exchange of each file whose call is known."""
        return [[_exchange(folder, name, asked)] for name, asked in ASKED.items() if (folder / cls.vendor / name).exists()]

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Tell lists from single entries: their envelopes are the same for all forms."""
        if exchange.method == "POST":
            return "made" if exchange.reply is None else "entry"
        return "list" if exchange.path in KINDS else "entry"

    @classmethod
    def envelope(cls, exchange: Exchange, reply: Any) -> Any:
        """Put what stands under ``values`` under the name of its kind."""
        kind = next(kind for path, kind in KINDS.items() if f"{exchange.path}/".startswith(f"{path}/"))

        def named(entry: Any) -> Any:
            return {kind if key == "values" else key: value for key, value in entry.items()}

        if isinstance(reply, dict) and "entries" in reply:
            return {**reply, "entries": [named(entry) for entry in reply["entries"]]}
        return named(reply) if isinstance(reply, dict) else reply

    def refers(self, key: str) -> bool:
        """Tell whether a member of a request holds ids: none does."""
        return False

    @property
    def login(self) -> tuple[str, str]:
        """The integration's account."""
        known = self.running.credentials["jwt"]
        return known["user"], known["password"]

    def send(self, exchange: Exchange) -> requests.Response:
        """Send a recorded request with a token."""
        return self._call(exchange.method, self.path(exchange), params=dict(exchange.query), **self.payload(exchange))

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        if "Authorization" not in self.http.headers:
            user, password = self.login
            form = {"username": user, "password": password}
            token = self.http.post(f"{self.running.base_url}/api/jwt/login", data=form, timeout=TIMEOUT).text
            self.http.headers["Authorization"] = f"AR-JWT {token}"
        url = self.running.base_url + quote(path)
        return self.http.request(method, url, timeout=TIMEOUT, **options)

    def fit(self, exchange: Exchange) -> None:
        """Load the entries that a reply shows; make the person, the staging row or the task that it takes for
        granted."""
        form, _, entry_id = exchange.path.removeprefix(f"{ENTRY}/").partition("/")
        reply = exchange.reply or {}
        if exchange.method == "POST":
            shown = exchange.body["values"]
            self._person(shown["First_Name"], shown["Last_Name"])
        elif exchange.path in {INTERFACE, WORK_LOG} or form in {"HPD:IncidentInterface", "HPD:WorkLog"}:
            self.load(*([entry["values"] for entry in reply.get("entries", [])] or [reply["values"]] if reply else []))
        elif form.startswith("HPD:IncidentInterface_Create"):
            self._staging_row(entry_id, reply["values"])
        elif form == "TMS:Task":
            body = {"Summary": "x", "RootRequestID": "INC00002"}
            made = self._call("POST", TASK, json={"values": body})
            self.names[entry_id] = made.headers["Location"].rpartition("/")[2]

    def _person(self, first: str, last: str) -> None:
        places = dict.fromkeys(("Department", "Site", "Site ID", "Site Group", "Region", "City", "Country", "Street"), "x")
        values = {"First Name": first, "Last Name": last, "Company": "Example", "Profile Status": "Enabled"}
        values |= {"Remedy Login ID": f"{first} {last}", **places}
        self._call("POST", f"{ENTRY}/CTM:People", json={"values": values})

    def _staging_row(self, entry_id: str, shown: dict[str, Any]) -> None:
        self._person(shown["First_Name"], shown["Last_Name"])
        made = self._call("POST", CREATE, json=_new(shown["First_Name"], shown["Last_Name"]))
        self.names[entry_id] = made.headers["Location"].rpartition("/")[2]
        row = self._call("GET", f"{CREATE}/{self.names[entry_id]}").json()["values"]
        self._call("POST", WORK_LOG, json={"values": {"Incident Number": row["Incident Number"], "Description": "x"}})


def _exchange(folder: Path, name: str, asked: Asked) -> Exchange:
    document = json.loads((folder / "bmc_helix" / name).read_text("utf-8"))
    headers = asked.headers(document)
    lower = None if headers is None else {key.lower(): value for key, value in headers.items()}
    query = tuple(asked.query.items())
    return Exchange(
        "bmc_helix", name, 1, asked.method, asked.path, query, asked.body, asked.status, lower, asked.reply(document)
    )
