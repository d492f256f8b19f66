"""The bench of the BMC Helix connector: people who work in the sandbox through the AR REST API under their own logins."""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from urllib.parse import quote

from ..core.connector import Json
from ..core.mapping.spec import Overlay, WhenRule
from ..core.model import Person
from ..core.net.auth import ArJwtAuth, AuthSettings, OAuth
from ..sandbox import Running
from .bench import Seen
from .sandbox_bench import Recorder, SandboxBench

ENTRY = "/api/arsys/v1/entry"
Kind = Literal["ar_jwt", "refresh_token"]


class BmcHelixBench(SandboxBench):
    """A BMC Helix sandbox: Eva asks, Fiona fulfils, Otto administers; the integration's account is in every group."""

    options: ClassVar[Json] = {"page": 20}
    working: ClassVar[Json] = {"stand_in_group": "Intake"}
    crowd = 25
    agent = Person(name="Fiona Fulfiller", email="fiona.fulfiller@example.com")
    requester = Person(name="Eva Employee", email="eva.employee@example.com")
    group = "Network"
    unknown_id = "INC000000999999"
    unknown_person = "nobody.at.all"
    ambiguous_email = "shared@example.com"

    def __init__(self, running: Running, *, kind: Kind = "ar_jwt", recorder: Recorder | None = None) -> None:
        """Empty the sandbox, hire two people with one address, make a group for what is in none, and join every group."""
        super().__init__(running, recorder=recorder)
        self._kind: Kind = kind
        given = self.credentials
        self._passwords: dict[str, str] = {each["user"]: each["password"] for each in given["people"]}
        self._tokens: dict[str, str] = {}
        self.secrets = (given["jwt"]["password"], given["oauth"]["client_secret"], given["oauth"]["refresh_token"])
        for name in ("One", "Other"):
            person = {"First Name": name, "Last Name": "Twin", "Company": "Example", "Profile Status": "Enabled"}
            self._post("CTM:People", {**person, "Internet E-mail": self.ambiguous_email})
        first = self._list("CTM:Support Group", "'Company' = \"Example\"")[0]
        intake = {"Company": "Example", "Support Group Name": self.working["stand_in_group"]}
        self._post("CTM:Support Group", {**intake, "Support Organization": first["Support Organization"]})
        self._join_groups(given["jwt"]["user"])

    def _join_groups(self, login: str) -> None:
        (person,) = self._list("CTM:People", f"'Remedy Login ID' = \"{login}\"")
        joined = {
            row["Support Group ID"] for row in self._list("CTM:Support Group Association", f"'Login ID' = \"{login}\"")
        }
        for group in self._list("CTM:Support Group", "'Company' = \"Example\""):
            if group["Support Group ID"] not in joined:
                membership = {"Support Group ID": group["Support Group ID"], "Person ID": person["Person ID"]}
                self._post("CTM:Support Group Association", membership)

    # -- credentials

    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give credentials of the kind that is tried."""
        given = self.credentials
        if self._kind == "ar_jwt":
            return ArJwtAuth(user=given["jwt"]["user"], password=self._reference(given["jwt"]["password"], wrong=wrong))
        oauth = given["oauth"]
        return OAuth(
            grant="refresh_token",
            client_id=oauth["client_id"],
            client_secret=self._reference(oauth["client_secret"], wrong=wrong),
            refresh_token=self.secret(oauth["refresh_token"]),
        )

    def demands(self) -> Overlay:
        """Name what a strict company demands: a category, and how it was resolved."""
        return Overlay(
            required=(
                WhenRule(set={"Categorization Tier 1": self._category}),
                WhenRule(when={"Status": ("Resolved", "Closed")}, set={"Resolution Method": "Self-Service"}),
            )
        )

    @property
    def _category(self) -> str:
        return str(self._list("CFG:Service Catalog", "'Status' = \"Enabled\"")[0]["Categorization Tier 1"])

    # -- hands

    def _as(self, login: str, method: str, path: str, body: Json | None = None) -> Any:
        """Give the reply to a call under a person's own token."""
        if login not in self._tokens:
            form = {"username": login, "password": self._passwords[login]}
            reply = self._session.post(f"{self.running.base_url}/api/jwt/login", data=form, timeout=30)
            reply.raise_for_status()
            self._tokens[login] = reply.text.strip()
        headers = {"Authorization": f"AR-JWT {self._tokens[login]}"}
        reply = self._session.request(method, self.running.base_url + path, json=body, headers=headers, timeout=30)
        if reply.status_code == 401:  # an hour has gone by on the vendor's clock
            del self._tokens[login]
            return self._as(login, method, path, body)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def _post(self, form: str, values: Json, login: str = "otto.admin", query: str = "") -> Any:
        return self._as(login, "POST", f"{ENTRY}/{quote(form)}{query}", {"values": values})

    def _list(self, form: str, q: str) -> list[Json]:
        found = self._as("otto.admin", "GET", f"{ENTRY}/{quote(form)}?q={quote(q)}")
        return [entry["values"] for entry in found["entries"]]

    def _put(self, login: str, record_id: str, values: Json) -> None:
        path = f"{ENTRY}/HPD:IncidentInterface/{quote(f'{record_id}|{record_id}', safe='')}"
        self._as(login, "PUT", path, {"values": values})

    def _number(self, record_id: str) -> str:
        return str(self.tickets()[record_id]["record"]["Incident Number"])

    def open(self, title: str) -> str:
        """Open an incident as Eva."""
        values = {
            "Login_ID": "eva.employee",
            "Description": title,
            "Detailed_Decription": f"Description of {title}",
            "Service_Type": "User Service Restoration",
            "Reported Source": "Self Service",
            "Impact": "4-Minor/Localized",
            "Urgency": "3-Medium",
            "z1D_Action": "CREATE",
        }
        made = self._post("HPD:IncidentInterface_Create", values, "eva.employee", "?fields=values(Incident Number)")
        return self._entry(made["values"]["Incident Number"])

    def _entry(self, number: str) -> str:
        (row,) = self._list("HPD:IncidentInterface", f"'Incident Number' = \"{number}\"")
        return str(row["Entry ID"])

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Fiona."""
        self._put("fiona.fulfiller", record_id, {"Description": title})

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Write a work log as Fiona."""
        values = {
            "Incident Number": self._number(record_id),
            "Work Log Type": "General Information",
            "View Access": "Public" if public else "Internal",
            "Detailed Description": text,
        }
        self._post("HPD:WorkLog", values, "fiona.fulfiller")

    def remove(self, record_id: str) -> None:
        """Delete as Otto: agents may not."""
        self._as("otto.admin", "DELETE", f"{ENTRY}/HPD:Help%20Desk/{record_id}")

    def close_ticket(self, record_id: str) -> None:
        """Close as Otto."""
        self._put("otto.admin", record_id, {"Status": "Closed"})

    # -- eyes

    def comments(self, record_id: str) -> list[Seen]:
        """The snapshot's work logs, without those of workflow."""
        logs = [log for log in self.tickets()[record_id]["comments"] if not log["system"]]
        return [Seen(log["text"].strip(), public=log["public"]) for log in logs]
